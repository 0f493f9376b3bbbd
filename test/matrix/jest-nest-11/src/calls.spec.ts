import { Test } from "@nestjs/testing";
import { startInstance } from "../shared/instance";
import { CallsService } from "./calls.service";

describe("CallsService", () => {
  it("calls an emulator of its own", async () => {
    const module = await Test.createTestingModule({ providers: [CallsService] }).compile();
    const instance = await startInstance();
    await expect(module.get(CallsService).makeCalls(await instance.describe())).resolves.toBeUndefined();
    await instance.close();
  });
});
