/** The network where no `transport` is given. In the build for workerd, workerd-network.ts takes the place of this file. */
export { createNodeNetwork as createDefaultNetwork } from "./node-network.ts";

/** Whether that is `fetch`. */
export const defaultIsFetch: boolean = false;
