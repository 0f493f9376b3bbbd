/** The version of Zitadel that the emulator is compared with, and reports as its own. */
export const VERSION = "v4.15.0-main";
