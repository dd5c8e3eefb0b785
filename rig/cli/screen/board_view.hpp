#pragma once

#include <string>
#include <vector>

#include "rig/cli/screen/board_state.hpp"
#include "rig/cli/screen/cells.hpp"

namespace plugrig::cli {

/// What the board is drawn on.
struct BoardLook {
  int columns = 80;    ///< 40 or more; less counts as 40
  int rows = 0;        ///< 0 = as many as it takes
  bool ascii = false;  ///< the terminal has no UTF-8
};

/// What person and board are saying to each other.
struct BoardTalk {
  std::string selected;  ///< slot that keys are meant for; empty = none
  std::string prompt;    ///< a question that is answered by typing
  std::string typed;     ///< the answer so far
  std::string notice;    ///< one line from the board
  bool help = false;     ///< show what the keys do
  bool keys = true;      ///< there is a keyboard
};

/// The whole board as lines of exactly `columns` cells. Slots have three lines each, and a free one
/// between when there is room; when `rows` are too few one line each; then those around the
/// selected one. Pure.
std::vector<Line> board_lines(const BoardState& state, const BoardTalk& talk,
                              const BoardLook& look);

/// The word that people see: "PASS", "RIG FAULT", "NOT RECORDED"; empty while nothing is decided.
std::string_view word_of(Shown shown);

}  // namespace plugrig::cli
