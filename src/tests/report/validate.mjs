// Validates a resource against the R4 schema. Arguments: folder of the packages, file.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [packages, file] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const Validator = require("@asymmetrik/fhir-json-schema-validator");
const resource = JSON.parse(readFileSync(file, "utf8"));
const validator = new Validator();
const errors = [resource, ...(resource.contained ?? [])].flatMap((own) => validator.validate(own));
if (errors.length > 0) {
  console.log(`invalid: ${JSON.stringify(errors.slice(0, 5))}`);
  process.exitCode = 1;
}
