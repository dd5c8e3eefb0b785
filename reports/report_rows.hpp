#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reports/unit_report.hpp"

namespace plugrig {

/// Rows of the tables of a unit's page, as text; the page only lays them out.

using NameValue = std::pair<std::string, std::string>;

/// What the unit is: MAC, chip, flash, firmware, names.
std::vector<NameValue> identity_rows(const UnitReport& report);
/// Where, when and by whom: run, slot, sequence, bench, operator, times, marks.
std::vector<NameValue> circumstance_rows(const UnitReport& report);
/// The reference meter, and its certificate.
std::vector<NameValue> reference_rows(const metrology::ReferenceMeter& meter);
std::vector<NameValue> reference_certificate_rows(const metrology::ReferenceMeter& meter);
/// Firmware, sequence, product, bench and kept files: name and SHA-256.
std::vector<NameValue> digest_rows(const UnitReport& report);

/// One quantity's budget: a column for each load point.
struct BudgetTable {
  std::string quantity;
  std::string unit;  ///< of the cells: "%", at no load the quantity's own
  std::vector<std::string> loads;
  struct Row {
    std::string name, type, distribution;
    std::vector<std::string> cells;
  };
  std::vector<Row> rows;  ///< contributions, then u, ν, k and U
};
/// In the order of the series' points; points at no load have tables of their own.
std::vector<BudgetTable> budget_tables(const metrology::Series& series);

}  // namespace plugrig
