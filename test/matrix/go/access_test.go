package shop

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/zitadel-go/v3/pkg/authorization"
	"github.com/zitadel/zitadel-go/v3/pkg/authorization/oauth"
	"github.com/zitadel/zitadel-go/v3/pkg/client"
	app "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/app/v2beta"
	access "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authorization/v2beta"
	project "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/project/v2beta"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, auth client.TokenSourceInitializer) *client.Client {
	t.Helper()
	api, err := client.New(context.Background(), instance(), client.WithAuth(auth))
	must(t, err)
	t.Cleanup(func() { api.Close() })
	return api
}

func TestAServiceUserIsAllowedWhatItsRoleIsFor(t *testing.T) {
	ctx := context.Background()
	api := connect(t, client.PAT(emulator.Token))
	shop, err := api.ProjectServiceV2Beta().CreateProject(ctx, &project.CreateProjectRequest{
		OrganizationId: emulator.OrganizationID, Name: "Shop " + strconv.FormatInt(time.Now().UnixNano(), 36),
	})
	must(t, err)
	_, err = api.ProjectServiceV2Beta().AddProjectRole(ctx, &project.AddProjectRoleRequest{
		ProjectId: shop.Id, RoleKey: "reader", DisplayName: "Reader",
	})
	must(t, err)
	backend, err := api.AppServiceV2Beta().CreateApplication(ctx, &app.CreateApplicationRequest{
		ProjectId: shop.Id,
		Name:      "Backend",
		CreationRequestType: &app.CreateApplicationRequest_ApiRequest{
			ApiRequest: &app.CreateAPIApplicationRequest{AuthMethodType: app.APIAuthMethodType_API_AUTH_METHOD_TYPE_BASIC},
		},
	})
	must(t, err)
	bot, err := api.UserServiceV2().CreateUser(ctx, &user.CreateUserRequest{
		OrganizationId: emulator.OrganizationID,
		UserType: &user.CreateUserRequest_Machine_{
			Machine: &user.CreateUserRequest_Machine{Name: "Bot"},
		},
	})
	must(t, err)
	key, err := api.UserServiceV2().AddKey(ctx, &user.AddKeyRequest{
		UserId: bot.Id, ExpirationDate: timestamppb.New(time.Now().Add(time.Hour)),
	})
	must(t, err)
	_, err = api.AuthorizationServiceV2Beta().CreateAuthorization(ctx, &access.CreateAuthorizationRequest{
		UserId: bot.Id, ProjectId: shop.Id, OrganizationId: &emulator.OrganizationID, RoleKeys: []string{"reader"},
	})
	must(t, err)

	file, err := client.ConfigFromKeyFileData(key.KeyContent)
	must(t, err)
	caller := connect(t, client.AuthenticationJWTProfile(file, oidc.ScopeOpenID, client.ScopeProjectID(shop.Id)))
	token, err := caller.GetValidToken()
	must(t, err)

	secret := backend.GetApiResponse()
	authorizer, err := authorization.New(ctx, instance(), oauth.WithIntrospection[*oauth.IntrospectionContext](
		oauth.ClientIDSecretIntrospectionAuthentication(secret.ClientId, secret.ClientSecret),
	))
	must(t, err)
	allowed, err := authorizer.CheckAuthorization(ctx, "Bearer "+token, authorization.WithRole("reader"))
	must(t, err)
	if allowed.UserID() != bot.Id {
		t.Errorf("the token is of %s", allowed.UserID())
	}
	if _, err = authorizer.CheckAuthorization(ctx, "Bearer "+token, authorization.WithRole("writer")); err == nil {
		t.Error("it may do what its role is not for")
	}
}
