/* Camera, microphone and sound tried before a video interview. Nothing leaves the device. */

const box = document.querySelector("[data-devices]");
const SILENT_AFTER = 8000;
const LOUD = 0.05;
let stream, audio, timer;

const find = (name) => box.querySelector(`[data-${name}]`);
const words = (name) => find("words").content.querySelector(`[data-word="${name}"]`)?.textContent;
const say = (name) => { find("said").textContent = words(name) ?? words("unable"); };

async function start(choice = {}) {
  stop();
  if (!navigator.mediaDevices?.getUserMedia) return say("unable");
  say("asking");
  const wanted = { video: choice.videoinput ? { deviceId: choice.videoinput } : true, audio: choice.audioinput ? { deviceId: choice.audioinput } : true };
  try {
    stream = await open(wanted);
  } catch (error) {
    return say({ SecurityError: "NotAllowedError", OverconstrainedError: "NotFoundError", AbortError: "NotReadableError" }[error.name] ?? error.name);
  }
  find("panel").hidden = false;
  find("camera").srcObject = stream;
  find("camera").play().catch(() => {});
  await list();
  const [camera, micro] = [stream.getVideoTracks().length > 0, stream.getAudioTracks().length > 0];
  find("camera").hidden = !camera;
  say(camera && micro ? "both" : micro ? "micro" : "camera");
  if (micro) listen();
}

/* Both; where one of them does not exist, the other alone. */
async function open({ video, audio: micro }) {
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: micro });
  } catch (error) {
    if (error.name !== "NotFoundError") throw error;
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: micro });
  } catch (error) {
    if (error.name !== "NotFoundError") throw error;
  }
  return navigator.mediaDevices.getUserMedia({ video });
}

async function list() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  for (const select of box.querySelectorAll("select")) {
    const own = devices.filter((device) => device.kind === select.dataset.kind);
    const used = stream.getTracks().map((track) => track.getSettings().deviceId);
    select.replaceChildren(...own.map((device, number) => new Option(device.label || `${number + 1}`, device.deviceId, false, used.includes(device.deviceId))));
    select.closest(".field").hidden = own.length < 2;
  }
}

/* How loud it is, ten times a second. */
function listen() {
  audio = new AudioContext();
  const ear = audio.createAnalyser();
  audio.createMediaStreamSource(stream).connect(ear);
  const sound = new Float32Array(ear.fftSize);
  const since = Date.now();
  let heard = false;
  timer = setInterval(() => {
    ear.getFloatTimeDomainData(sound);
    const level = Math.min(1, 3 * Math.max(...sound.map(Math.abs)));
    find("level").value = level;
    if (!heard && level > LOUD) {
      heard = true;
      say("heard");
    } else if (!heard && Date.now() - since > SILENT_AFTER) say("silent");
  }, 100);
}

function play() {
  const context = new AudioContext();
  [523.25, 659.25, 783.99].forEach((note, number) => {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = note;
    volume.gain.value = 0.2;
    tone.connect(volume).connect(context.destination);
    tone.start(context.currentTime + number * 0.3);
    tone.stop(context.currentTime + number * 0.3 + 0.28);
  });
  say("sound");
}

function stop() {
  clearInterval(timer);
  audio?.close();
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = audio = undefined;
  find("camera").srcObject = null;
  find("panel").hidden = true;
}

if (box) {
  box.hidden = false;
  find("start").addEventListener("click", () => start());
  find("sound").addEventListener("click", play);
  find("stop").addEventListener("click", () => { stop(); say("stopped"); });
  for (const select of box.querySelectorAll("select")) select.addEventListener("change", () => start({ [select.dataset.kind]: select.value }));
  addEventListener("pagehide", stop);
  /* The room needs them. */
  document.addEventListener("click", (event) => { if (event.target.closest("[data-join] a")) stop(); });
}
