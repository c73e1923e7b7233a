// Writes src/api/schema.d.ts from the backend's Swagger file; with --check only says whether it has drifted.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import swagger2openapi from "swagger2openapi";

const specFile = new URL("../../backend/internal/adminapi/spec/swagger.json", import.meta.url);
const schemaFile = new URL("../src/api/schema.d.ts", import.meta.url);

const swagger = JSON.parse(await readFile(specFile, "utf8"));
const { openapi } = await swagger2openapi.convertObj(swagger, { patch: true });
const ast = await openapiTS(openapi, { alphabetize: true, defaultNonNullable: false });
const text = `// Generated from backend/internal/adminapi/spec/swagger.json by npm run gen:api. Do not edit.\n\n${astToString(ast)}`;

if (!process.argv.includes("--check")) {
  await writeFile(schemaFile, text);
} else if (text !== (await readFile(schemaFile, "utf8"))) {
  console.error("src/api/schema.d.ts has drifted from the Swagger file: run npm run gen:api and commit it.");
  process.exit(1);
}
