#pragma once

namespace plugrig::cli {

/// All of `main`: turns signals into a stop request, looks at the terminal, runs the program.
/// Returns the exit code. Call it once, before other threads unblock SIGINT, SIGTERM or SIGHUP.
int program_main(int argc, char** argv);

}  // namespace plugrig::cli
