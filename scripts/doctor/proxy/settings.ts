/** What the filter does where its configuration says nothing (docs/configuration.md). */
export const DEFAULT_AUTHORITY = "argot";
/** Stands for the address that a client called. */
export const LOCAL_ADDRESS = "%DOWNSTREAM_LOCAL_ADDRESS%";
export const DEFAULT_MAX_AGE_SECONDS = 20;
export const DEFAULT_FIRST_FRAME_BYTES = 65_536;
