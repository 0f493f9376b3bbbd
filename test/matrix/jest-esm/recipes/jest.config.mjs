export default {
  preset: "ts-jest/presets/default-esm",
  globalSetup: "./global-setup.mjs",
  globalTeardown: "./global-teardown.mjs",
};
