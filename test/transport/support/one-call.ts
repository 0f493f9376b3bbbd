// A program that makes one call and closes nothing. It must exit by itself.
import { connectTo } from "./connection.ts";
import { users } from "./users.ts";

const connection = connectTo(process.argv[2] ?? "");
await users(connection).getUserByID({});
