#include "rig/cli/commands/program_main.hpp"

int main(int argc, char** argv) { return plugrig::cli::program_main(argc, argv); }
