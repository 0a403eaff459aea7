export interface ReleaseManifest {
  readonly version: string;
  readonly repository?: { readonly url: string };
  readonly bugs?: { readonly url: string };
  readonly homepage?: string;
}
export declare function missingForRelease(manifest: ReleaseManifest, changelog: string): string[];
