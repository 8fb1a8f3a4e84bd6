// Validates documents by a schema, as Ajv does by default: node validate.mjs SCHEMA [DOCUMENT …]
// A document is JSON, YAML (.yaml) or JSON Lines (.jsonl). Exit 1 with the reason where anything is not accepted, a warning included.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const Ajv = require("ajv/dist/2020").default;
const YAML = require("yaml");

const complaints = [];
const logger = { log: (...text) => complaints.push(text.join(" ")), warn: (...text) => complaints.push(text.join(" ")), error: (...text) => complaints.push(text.join(" ")) };

function documents(path) {
  const text = readFileSync(path, "utf8");
  if (path.endsWith(".yaml")) return [YAML.parse(text)];
  if (path.endsWith(".jsonl")) return text.split("\n").filter((line) => line).map((line) => JSON.parse(line));
  return [JSON.parse(text)];
}

const [schema, ...paths] = process.argv.slice(2);
try {
  const validate = new Ajv({ logger }).compile(JSON.parse(readFileSync(schema, "utf8")));
  for (const path of paths)
    for (const document of documents(path))
      if (!validate(document)) complaints.push(`${path}: ${JSON.stringify(validate.errors.slice(0, 5))}`);
} catch (error) {
  complaints.push(String(error));
}
for (const complaint of complaints) console.log(complaint);
process.exit(complaints.length ? 1 : 0);
