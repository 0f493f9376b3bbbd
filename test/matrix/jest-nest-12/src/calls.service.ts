import { Injectable } from "@nestjs/common";
import { type Instance, makeCalls } from "../shared/calls";

@Injectable()
export class CallsService {
  async makeCalls(instance: Instance): Promise<void> {
    await makeCalls(instance);
  }
}
