import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { DetailsSchema } from "../../../gen/zitadel/object/v2/object_pb.js";
import { ResourceOwnerType } from "../../../gen/zitadel/settings/v2/settings_pb.js";
import type { SettingsService } from "../../../gen/zitadel/settings/v2/settings_service_pb.js";
import type { Handlers } from "../handlers.ts";
import { LANGUAGES } from "../state/languages.ts";
import type { Store } from "../state/model/store.ts";
import { COMPLEXITY } from "../state/passwords.ts";

const resourceOwnerType = ResourceOwnerType.INSTANCE;

/** zitadel.settings.v2.SettingsService, with the settings of a new instance. */
export function settingsV2(store: Store): Handlers<typeof SettingsService> {
  const startedAt = timestampFromMs(store.now());
  const details: MessageInitShape<typeof DetailsSchema> = {
    sequence: 13n,
    changeDate: startedAt,
    creationDate: startedAt,
    resourceOwner: store.instanceId,
  };
  return {
    getGeneralSettings: () => ({
      defaultOrgId: store.defaultOrganizationId,
      defaultLanguage: "en",
      supportedLanguages: LANGUAGES,
    }),
    getPasswordComplexitySettings: () => ({
      details,
      settings: {
        minLength: BigInt(COMPLEXITY.minLength),
        requiresUppercase: true,
        requiresLowercase: true,
        requiresNumber: true,
        requiresSymbol: true,
        resourceOwnerType,
      },
    }),
    getPasswordExpirySettings: () => ({ details, settings: { resourceOwnerType } }),
    getLockoutSettings: () => ({ details, settings: { resourceOwnerType } }),
    getDomainSettings: () => ({ details, settings: { resourceOwnerType } }),
  };
}
