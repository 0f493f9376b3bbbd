import type { JsonSchema } from "../../shared/json-schema.ts";

/** The schema of seeds. `node scripts/emulator-schema.ts` writes it to zitadel-emulator.schema.json, for editors. */
export const SEED_SCHEMA: JsonSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Seed and state of the emulator",
  description:
    "The initial state of a zitadel-connect emulator, and snapshots of its state: `zitadel-connect emulator --seed FILE`, `startEmulator({ seed })` and `snapshot()`. Everything is optional. Users are referred to by user name, projects and organizations by name, or each by its id.",
  type: "object",
  additionalProperties: false,
  properties: {
    $schema: {
      type: "string",
    },
    version: {
      type: "integer",
      minimum: 1,
      maximum: 1,
      description: "The version of the format.",
    },
    store: {
      type: "object",
      description:
        "The complete state, from snapshot(); not meant for editing. Everything else is added to it.",
    },
    organizations: {
      type: "array",
      items: {
        $ref: "#/definitions/organization",
      },
    },
    authorizations: {
      type: "array",
      items: {
        $ref: "#/definitions/authorization",
      },
    },
    targets: {
      type: "array",
      items: {
        $ref: "#/definitions/target",
      },
    },
  },
  definitions: {
    texts: {
      type: "array",
      items: {
        type: "string",
      },
    },
    metadata: {
      type: "object",
      additionalProperties: {
        type: "string",
      },
    },
    organization: {
      type: "object",
      description:
        "An organization with its content. If it has the name of the first one, ZITADEL, its content is added to that.",
      additionalProperties: false,
      required: ["name"],
      properties: {
        name: {
          type: "string",
          minLength: 1,
        },
        id: {
          type: "string",
          minLength: 1,
        },
        metadata: {
          $ref: "#/definitions/metadata",
        },
        users: {
          type: "array",
          items: {
            $ref: "#/definitions/user",
          },
        },
        projects: {
          type: "array",
          items: {
            $ref: "#/definitions/project",
          },
        },
      },
    },
    user: {
      type: "object",
      description: "A user, with exactly one of human and machine.",
      additionalProperties: false,
      required: ["username"],
      properties: {
        username: {
          type: "string",
          minLength: 1,
        },
        id: {
          type: "string",
          minLength: 1,
        },
        human: {
          $ref: "#/definitions/human",
        },
        machine: {
          $ref: "#/definitions/machine",
        },
        roles: {
          type: "array",
          description:
            "Roles of the instance, such as IAM_OWNER, and of the organization, such as ORG_OWNER.",
          items: {
            type: "string",
          },
        },
        metadata: {
          $ref: "#/definitions/metadata",
        },
      },
    },
    human: {
      type: "object",
      additionalProperties: false,
      required: ["givenName", "familyName", "email"],
      properties: {
        givenName: {
          type: "string",
          minLength: 1,
        },
        familyName: {
          type: "string",
          minLength: 1,
        },
        displayName: {
          type: "string",
        },
        nickName: {
          type: "string",
        },
        preferredLanguage: {
          type: "string",
          description: "A tag of BCP 47.",
        },
        email: {
          type: "string",
          minLength: 1,
          description: "Verified.",
        },
        phone: {
          type: "string",
          description: "Verified.",
        },
        password: {
          type: "string",
          minLength: 1,
        },
      },
    },
    machine: {
      type: "object",
      additionalProperties: false,
      properties: {
        name: {
          type: "string",
        },
        accessTokenType: {
          type: "string",
          enum: ["bearer", "jwt"],
        },
        secret: {
          type: "string",
          minLength: 1,
          description: "For client credentials.",
        },
        token: {
          type: "string",
          minLength: 1,
          description: "A personal access token.",
        },
        key: {
          type: "object",
          description: "The public half of a key for private key JWT, in PEM.",
          additionalProperties: false,
          required: ["keyId", "publicKey"],
          properties: {
            keyId: {
              type: "string",
              minLength: 1,
            },
            publicKey: {
              type: "string",
              minLength: 1,
            },
          },
        },
      },
    },
    project: {
      type: "object",
      additionalProperties: false,
      required: ["name"],
      properties: {
        name: {
          type: "string",
          minLength: 1,
        },
        id: {
          type: "string",
          minLength: 1,
        },
        roles: {
          $ref: "#/definitions/texts",
        },
        roleAssertion: {
          type: "boolean",
          description: "Tokens contain the roles of their users.",
        },
        authorizationRequired: {
          type: "boolean",
          description: "Only users with a role can sign in.",
        },
        applications: {
          type: "array",
          items: {
            $ref: "#/definitions/application",
          },
        },
        grants: {
          type: "array",
          description: "Organizations that may grant the roles to their users.",
          items: {
            type: "object",
            additionalProperties: false,
            required: ["organization", "roles"],
            properties: {
              organization: {
                type: "string",
                minLength: 1,
              },
              roles: {
                $ref: "#/definitions/texts",
              },
            },
          },
        },
      },
    },
    application: {
      type: "object",
      additionalProperties: false,
      required: ["name", "type"],
      properties: {
        name: {
          type: "string",
          minLength: 1,
        },
        id: {
          type: "string",
          minLength: 1,
        },
        type: {
          type: "string",
          enum: ["oidc", "api"],
        },
        clientId: {
          type: "string",
          minLength: 1,
        },
        clientSecret: {
          type: "string",
          minLength: 1,
        },
        authMethod: {
          type: "string",
          enum: ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"],
        },
        redirectUris: {
          $ref: "#/definitions/texts",
        },
        postLogoutRedirectUris: {
          $ref: "#/definitions/texts",
        },
        grantTypes: {
          type: "array",
          items: {
            type: "string",
            enum: ["authorization_code", "implicit", "refresh_token", "device_code", "token_exchange"],
          },
        },
      },
    },
    authorization: {
      type: "object",
      description: "Roles of a user in a project.",
      additionalProperties: false,
      required: ["user", "project", "roles"],
      properties: {
        user: {
          type: "string",
          minLength: 1,
        },
        project: {
          type: "string",
          minLength: 1,
        },
        roles: {
          $ref: "#/definitions/texts",
        },
        organization: {
          type: "string",
          minLength: 1,
          description: "The organization that grants them. Default: the organization of the project.",
        },
      },
    },
    target: {
      type: "object",
      description: "What the instance calls, and when.",
      additionalProperties: false,
      required: ["name", "endpoint"],
      properties: {
        name: {
          type: "string",
          minLength: 1,
        },
        endpoint: {
          type: "string",
          minLength: 1,
        },
        type: {
          type: "string",
          enum: ["webhook", "call", "async"],
        },
        interruptOnError: {
          type: "boolean",
        },
        timeoutMs: {
          type: "integer",
          minimum: 1,
        },
        signingKey: {
          type: "string",
          minLength: 1,
        },
        executions: {
          type: "array",
          description:
            "Conditions, such as request/zitadel.user.v2.UserService/CreateUser or event/user.human.added.",
          items: {
            type: "string",
          },
        },
      },
    },
  },
};
