/** One step of a scenario: what is done, and with what. Of several names it is the union. */
export type Step<Do extends string, With> = Do extends string ? { readonly do: Do } & With : never;
