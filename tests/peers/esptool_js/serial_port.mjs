// A WebSerial port (https://wicg.github.io/serial/) over RFC 2217, as far as a flasher needs one. The
// TCP session outlives `close()`: a browser's port has no rate to change while it is open, so clients
// close and open it, and the chip must not notice.
import net from "node:net";

const IAC = 255, SB = 250, SE = 240, WILL = 251, DO = 253;
const BINARY = 0, SGA = 3, COM_PORT = 44;
const SET_BAUD = 1, SET_SIZE = 2, SET_PARITY = 3, SET_STOP = 4, SET_CONTROL = 5, PURGE = 12;
const DTR_ON = 8, DTR_OFF = 9, RTS_ON = 11, RTS_OFF = 12;
const ANSWER_LIMIT_MS = 30_000;

const com = (command, ...value) =>
  [IAC, SB, COM_PORT, command, ...value.flatMap((b) => (b === IAC ? [IAC, IAC] : [b])), IAC, SE];
const bigEndian = (n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];

export class SerialPortOverTcp {
  readable = null;
  writable = null;
  #socket;
  #controller = null;   // of the readable stream
  #waiting = [];        // {matches, resolve} for answers
  #state = "data";
  #verb = 0;
  #sub = [];

  static async connect(port) {
    const self = new SerialPortOverTcp();
    self.#socket = net.connect({ host: "127.0.0.1", port, noDelay: true });
    await new Promise((resolve, reject) => {
      self.#socket.once("connect", resolve);
      self.#socket.once("error", reject);
    });
    self.#socket.on("data", (bytes) => self.#take(bytes));
    self.#socket.on("close", () => self.#controller?.error(new Error("connection lost")));
    const agreed = self.#answer((kind, a, b) => kind === "verb" && a === DO && b === COM_PORT);
    self.#send([COM_PORT, BINARY, SGA].flatMap((o) => [IAC, WILL, o, IAC, DO, o]));
    await agreed;
    await self.#request(SET_SIZE, [8]);
    await self.#request(SET_PARITY, [1]);
    await self.#request(SET_STOP, [1]);
    return self;
  }

  getInfo() {
    return {};
  }

  async open({ baudRate }) {
    if (this.readable) throw new Error("the port is open already");
    await this.#request(SET_BAUD, bigEndian(baudRate));
    await this.#request(PURGE, [1]);
    this.#openStreams();
  }

  async close() {
    if (this.readable?.locked || this.writable?.locked) throw new Error("a stream is locked");
    this.readable = this.writable = this.#controller = null;
  }

  // Both lines in one packet; resolved when the server has moved them.
  async setSignals({ dataTerminalReady, requestToSend }) {
    const wanted = [];
    if (dataTerminalReady !== undefined) wanted.push(dataTerminalReady ? DTR_ON : DTR_OFF);
    if (requestToSend !== undefined) wanted.push(requestToSend ? RTS_ON : RTS_OFF);
    const answers = wanted.map((value) => this.#comAnswer(SET_CONTROL, value));
    this.#send(wanted.flatMap((value) => com(SET_CONTROL, value)));
    await Promise.all(answers);
  }

  async end() {
    this.#controller = null;
    this.#socket.end();
    this.#socket.destroySoon();
    await new Promise((resolve) => this.#socket.once("close", resolve));
  }

  #openStreams() {
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#controller = null;
      },
    });
    this.writable = new WritableStream({
      write: (bytes) => new Promise((resolve, reject) => {
        const escaped = [];
        for (const byte of bytes) escaped.push(...(byte === IAC ? [IAC, IAC] : [byte]));
        this.#socket.write(Uint8Array.from(escaped), (error) => (error ? reject(error) : resolve()));
      }),
    });
  }

  #send(bytes) {
    this.#socket.write(Uint8Array.from(bytes));
  }

  async #request(command, value) {
    const answer = this.#comAnswer(command);
    this.#send(com(command, ...value));
    await answer;
  }

  #comAnswer(command, value) {
    return this.#answer((kind, a, b) =>
      kind === "com" && a === command + 100 && (value === undefined || b[0] === value));
  }

  #answer(matches) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no answer of the server")), ANSWER_LIMIT_MS);
      this.#waiting.push({ matches, resolve: () => (clearTimeout(timer), resolve()) });
    });
  }

  #tell(kind, a, b) {
    const index = this.#waiting.findIndex((waiter) => waiter.matches(kind, a, b));
    if (index >= 0) this.#waiting.splice(index, 1)[0].resolve();
  }

  #take(bytes) {
    const data = [];
    for (const byte of bytes) this.#step(byte, data);
    if (data.length > 0) this.#controller?.enqueue(Uint8Array.from(data));
  }

  #step(byte, data) {
    switch (this.#state) {
      case "data":
        if (byte === IAC) this.#state = "command";
        else data.push(byte);
        return;
      case "command":
        this.#state = "data";
        if (byte === IAC) data.push(byte);
        else if (byte === SB) [this.#state, this.#sub] = ["sub", []];
        else if (byte >= WILL) [this.#state, this.#verb] = ["verb", byte];
        return;
      case "verb":
        this.#state = "data";
        this.#tell("verb", this.#verb, byte);
        return;
      case "sub":
        if (byte === IAC) this.#state = "sub command";
        else this.#sub.push(byte);
        return;
      case "sub command":
        if (byte === IAC) {
          this.#sub.push(byte);
          this.#state = "sub";
          return;
        }
        this.#state = "data";
        if (this.#sub[0] === COM_PORT) this.#tell("com", this.#sub[1], this.#sub.slice(2));
    }
  }
}
