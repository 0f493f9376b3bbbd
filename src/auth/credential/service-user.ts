/**
 * What a service user of the emulator has, of which each method takes its part: it may be passed whole, as in
 * `personalAccessToken(emulator.serviceUser)`. These names are no mistakes.
 */
export const SERVICE_USER = {
  userId: true,
  organizationId: true,
  keyFile: true,
  clientId: true,
  clientSecret: true,
  token: true,
} as const;
