/** The version of Zitadel with which the emulator is compared, and which it reports as its own. */
export const VERSION = "v4.15.0-main";
