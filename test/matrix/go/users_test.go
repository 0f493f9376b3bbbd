package shop

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/zitadel-go/v3/pkg/client"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/zitadel"
)

var emulator struct{ URL, KeyFile, Token, OrganizationID string }

func TestMain(m *testing.M) {
	command := exec.Command("node_modules/.bin/zitadel-connect", "emulator", "--port", "0", "--json")
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		log.Fatal(err)
	}
	code := 1
	line, err := bufio.NewReader(output).ReadBytes('\n') // written when it is ready
	if err == nil && json.Unmarshal(line, &emulator) == nil {
		code = m.Run()
	}
	command.Process.Signal(syscall.SIGTERM)
	command.Wait()
	os.Exit(code)
}

func instance() *zitadel.Zitadel {
	at, err := url.Parse(emulator.URL)
	if err != nil {
		panic(err)
	}
	return zitadel.New(at.Hostname(), zitadel.WithInsecure(at.Port()))
}

func TestANewUserIsFoundByID(t *testing.T) {
	ctx := context.Background()
	auth := client.DefaultServiceUserAuthentication(emulator.KeyFile, oidc.ScopeOpenID, client.ScopeZitadelAPI())
	api, err := client.New(ctx, instance(), client.WithAuth(auth))
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	created, err := api.UserServiceV2().AddHumanUser(ctx, &user.AddHumanUserRequest{
		Profile: &user.SetHumanProfile{GivenName: "Ada", FamilyName: "Lovelace"},
		Email:   &user.SetHumanEmail{Email: "ada@example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := api.UserServiceV2().GetUserByID(ctx, &user.GetUserByIDRequest{UserId: created.UserId})
	if err != nil || found.User.GetHuman().Profile.GivenName != "Ada" {
		t.Fatal(found, err)
	}
}
