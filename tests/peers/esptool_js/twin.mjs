// A running twin_server: one simulated unit behind a serial server.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class Twin {
  #process;
  #lines;
  #exit;

  static async start(program, ...args) {
    const twin = new Twin();
    twin.#process = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    twin.#exit = new Promise((resolve) => twin.#process.once("exit", resolve));
    twin.#lines = createInterface({ input: twin.#process.stdout })[Symbol.asyncIterator]();
    twin.port = Number(await twin.#word("port"));
    twin.mac = await twin.#word("mac");
    return twin;
  }

  async #word(name) {
    const { value = "" } = await this.#lines.next();
    if (!value.startsWith(name)) throw new Error(`the twin said '${value}', not ${name}`);
    return value.slice(name.length + 1);
  }

  // Ends the server and returns what became of the chip.
  async end() {
    this.#process.stdin.end();
    const factor = Number(await this.#word("factor"));
    const fault = await this.#word("fault");
    const instructions = Number(await this.#word("instructions"));
    await this.#exit;
    return { factor, fault, instructions };
  }

  kill() {
    this.#process.kill("SIGKILL");
  }
}
