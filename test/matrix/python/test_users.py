import json
import subprocess
import unittest

import zitadel_client as zitadel
from zitadel_client.models import (
    UserServiceAddHumanUserRequest,
    UserServiceGetUserByIDRequest,
    UserServiceSetHumanEmail,
    UserServiceSetHumanProfile,
)


class Users(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = ["node_modules/.bin/zitadel-connect", "emulator", "--port", "0", "--json"]
        cls.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        cls.emulator = json.loads(cls.process.stdout.readline())  # written when it is ready

    @classmethod
    def tearDownClass(cls):
        cls.process.terminate()
        cls.process.communicate()

    def add_and_find(self, client, username):
        user = UserServiceAddHumanUserRequest(
            username=username,
            profile=UserServiceSetHumanProfile(givenName="Ada", familyName="Lovelace"),
            email=UserServiceSetHumanEmail(email="ada@example.com"),
        )
        user_id = client.users.add_human_user(user).user_id
        found = client.users.get_user_by_id(UserServiceGetUserByIDRequest(userId=user_id))
        self.assertEqual(found.user.username, username)

    def test_a_token(self):
        client = zitadel.Zitadel.with_access_token(self.emulator["url"], self.emulator["token"])
        self.add_and_find(client, "ada")

    def test_a_key_file(self):
        client = zitadel.Zitadel.with_private_key(self.emulator["url"], self.emulator["keyFile"])
        self.add_and_find(client, "grace")


if __name__ == "__main__":
    unittest.main()
