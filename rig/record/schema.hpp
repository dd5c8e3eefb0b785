#pragma once

#include "rig/record/sqlite.hpp"

namespace plugrig::sqlite {

/// Version of the tables, kept in `PRAGMA user_version`.
inline constexpr int kSchemaVersion = 2;
/// `PRAGMA application_id` of a record store: "PlgR".
inline constexpr int kApplicationId = 0x506c6752;

/// Sets the connection up (WAL, synchronous=FULL, foreign keys) and, with `write`, creates the
/// tables in an empty file and brings an older store up to date; a store that is
/// only read may be older. Fault `store.foreign` for somebody else's database, `store.version` for
/// a store of a newer program, and the faults of sqlite.hpp.
void prepare_schema(Database& database, Access access);

}  // namespace plugrig::sqlite
