const { join } = require("node:path");
const { webpack } = require("webpack");

const configuration = {
  mode: "production",
  target: "node22",
  entry: "./compiled/main.mjs",
  output: { path: join(__dirname, "dist"), filename: "main.cjs" },
};

webpack(configuration, (error, stats) => {
  if (error) throw error;
  console.log(stats.toString({ all: false, errors: true, warnings: true }));
  if (stats.hasErrors() || stats.hasWarnings()) process.exitCode = 1;
});
