export declare function released(changelog: string, version: string, date: string): string;
