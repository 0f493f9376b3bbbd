/** The version of Zitadel that the emulator says it is: the one that it is compared with. */
export const VERSION = "v4.15.0-main";
