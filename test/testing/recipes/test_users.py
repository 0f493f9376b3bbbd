import json
import subprocess
import unittest
import urllib.request


class Users(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = ["node_modules/.bin/zitadel-connect", "emulator", "--port", "0", "--json"]
        cls.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        cls.zitadel = json.loads(cls.process.stdout.readline())  # written when it is ready

    @classmethod
    def tearDownClass(cls):
        cls.process.terminate()
        cls.process.communicate()

    def call(self, method, body):
        headers = {"Authorization": f"Bearer {self.zitadel['token']}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.zitadel['url']}/{method}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def test_a_new_user_is_found_by_id(self):
        profile = {"givenName": "Ada", "familyName": "Lovelace"}
        user = {"username": "ada", "profile": profile, "email": {"email": "ada@example.com"}}
        user_id = self.call("zitadel.user.v2.UserService/AddHumanUser", user)["userId"]
        found = self.call("zitadel.user.v2.UserService/GetUserByID", {"userId": user_id})
        self.assertEqual(found["user"]["username"], "ada")


if __name__ == "__main__":
    unittest.main()
