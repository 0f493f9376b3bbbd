/** The languages that the server has texts in. */
export const LANGUAGES: string[] = "ar bg cs de en es fr hu id it ja ko mk nl pl pt ro ru sv tr uk zh".split(
  " ",
);
