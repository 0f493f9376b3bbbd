import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { createZitadel, personalAccessToken, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

const LOGO = "/assets/v1/instance/policy/label/logo";

/** A chunk of a PNG; nobody checks its checksum here. */
function chunk(type: string, data = ""): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(type + data), Buffer.alloc(4)]);
}

const PNG_START = Buffer.from("89504e470d0a1a0a", "hex");

/** A segment of a JPEG. */
function segment(marker: number, data: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(marker);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, Buffer.from(data)]);
}

describe("The assets of an emulator", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  before(async () => {
    emulator = await startEmulator();
    zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
  });
  beforeEach(() => emulator.reset());
  after(async () => {
    await zitadel.close();
    await emulator.close();
  });

  const authorization = () => ({ authorization: `Bearer ${emulator.serviceUser.token}` });
  const upload = async (content: Uint8Array<ArrayBuffer>, path = LOGO): Promise<string> => {
    const body = new FormData();
    body.set("file", new Blob([content]));
    const response = await fetch(emulator.url + path, { method: "POST", headers: authorization(), body });
    return `${response.status} ${await response.text()}`.trim();
  };
  const download = async (path: string): Promise<Buffer> => {
    const response = await fetch(emulator.url + path, { headers: authorization() });
    assert.equal(response.status, 200);
    return Buffer.from(await response.arrayBuffer());
  };

  it("are at most 512 KiB", async () => {
    const gif = Buffer.alloc(512 * 1024, "GIF89a");
    assert.equal(await upload(gif), "200");
    assert.equal(
      await upload(Buffer.concat([gif, Buffer.alloc(1)])),
      "400 file too big, max file size is 512KB",
    );
  });

  it("are public by the url that the settings have once they are active", async () => {
    const gif = Buffer.from("GIF89a");
    await upload(gif);
    const before = await zitadel.settings.v2.getBrandingSettings({});
    assert.equal(before.settings?.lightTheme?.logoUrl, "");
    await zitadel.admin.v1.activateLabelPolicy({});
    const { settings } = await zitadel.settings.v2.getBrandingSettings({});
    const response = await fetch(settings?.lightTheme?.logoUrl ?? "");
    assert.equal(response.headers.get("content-type"), "image/gif");
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), gif);
  });

  it("lose what cameras note in a PNG or a JPEG, and nothing else", async () => {
    const [start, end] = [chunk("IHDR", "header"), chunk("IEND")];
    const scan = Buffer.concat([segment(0xff_da, "scan"), Buffer.from("image")]);
    const jfif = segment(0xff_e0, "JFIF");
    const jpegStart = Buffer.from("ffd8", "hex");
    for (const [content, expected] of [
      [
        [PNG_START, start, chunk("eXIf", "place"), end],
        [PNG_START, start, end],
      ],
      [
        [jpegStart, segment(0xff_e1, "Exif place"), jfif, scan],
        [jpegStart, jfif, scan],
      ],
      [
        [jpegStart, segment(0xff_e1, "http://ns"), scan],
        [jpegStart, segment(0xff_e1, "http://ns"), scan],
      ],
    ] as const) {
      assert.equal(await upload(Buffer.concat(content)), "200");
      assert.deepEqual(await download(`${LOGO}/_preview`), Buffer.concat(expected));
    }
  });

  it("are refused where an image is broken", async () => {
    const cutOff = chunk("IHDR", "header").subarray(0, 10);
    for (const content of [[PNG_START], [PNG_START, cutOff], [Buffer.from("ffd8ff0000", "hex")]]) {
      assert.equal(await upload(Buffer.concat(content)), "500 ID=INSTANCE-3m20c Message=Object not created");
    }
  });

  it("go with a reset, and are in snapshots", async () => {
    const gif = Buffer.from("GIF89a");
    await upload(gif);
    const state = JSON.parse(JSON.stringify(await emulator.snapshot()));
    emulator.reset();
    const response = await fetch(`${emulator.url}${LOGO}/_preview`, { headers: authorization() });
    assert.equal(response.status, 404);
    await using other = await startEmulator({ seed: state });
    const headers = { authorization: `Bearer ${other.serviceUser.token}` };
    const kept = await fetch(`${other.url}${LOGO}/_preview`, { headers });
    assert.deepEqual(Buffer.from(await kept.arrayBuffer()), gif);
  });
});
