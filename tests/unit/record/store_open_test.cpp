#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "rig/record/attachment_files.hpp"
#include "rig/record/sqlite.hpp"
#include "rig/record/store.hpp"
#include "tests/unit/record/sample_records.hpp"
#include "tests/unit/record/temp_folder.hpp"

namespace plugrig {
namespace {

using test::fault_of;

class StoreOpen : public testing::Test {
 protected:
  test::TempFolder folder_;
  std::filesystem::path file_ = folder_ / "runs.db";

  std::string open(const StoreOptions& options = {}) {
    return fault_of([&] { RecordStore store(file_, options); });
  }
  void write(const std::string& text) { std::ofstream(file_, std::ios::binary) << text; }
};

TEST_F(StoreOpen, AMissingFolderIsNamed) {
  file_ = folder_ / "nowhere/runs.db";
  try {
    const RecordStore store(file_);
    FAIL() << "opened";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "store.open");
    EXPECT_EQ(fault.blame(), Blame::host);
    EXPECT_NE(fault.happened().find(file_.string()), std::string::npos);
  }
}

TEST_F(StoreOpen, ReadOnlyNeedsAStoreAndWritesNothing) {
  EXPECT_EQ(open({.read_only = true}), "store.open");
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_EQ(open(), "none");
  RecordStore reader(file_, {.read_only = true});
  EXPECT_EQ(fault_of([&] { reader.begin_run(test::sample_run()); }), "store.readonly");
}

TEST_F(StoreOpen, GarbageIsCorrupt) {
  write(std::string(8192, 'x'));
  EXPECT_EQ(open(), "store.corrupt");
}

TEST_F(StoreOpen, ADamagedPageIsCorrupt) {
  {
    RecordStore store(file_);
    store.begin_run(test::sample_run());
  }
  std::fstream stream(file_, std::ios::binary | std::ios::in | std::ios::out);
  // Past the first page's header: the schema itself.
  stream.seekp(100);
  stream << std::string(3000, '\xff');
  stream.close();
  EXPECT_EQ(open(), "store.corrupt");
}

TEST_F(StoreOpen, AnotherProgramsDatabaseIsLeftAlone) {
  sqlite::Database(file_, sqlite::Access::write, std::chrono::seconds{1})
      .execute("CREATE TABLE theirs (x)");
  EXPECT_EQ(open(), "store.foreign");
}

TEST_F(StoreOpen, ANewerFormatIsRefused) {
  EXPECT_EQ(open(), "none");
  sqlite::Database(file_, sqlite::Access::write, std::chrono::seconds{1})
      .execute("PRAGMA user_version = 99");
  EXPECT_EQ(open(), "store.version");
}

TEST_F(StoreOpen, AStoreThatAnotherProgramWritesIsLocked) {
  RecordStore store(file_, {.busy = std::chrono::milliseconds{1}});
  sqlite::Database other(file_, sqlite::Access::write, std::chrono::seconds{1});
  sqlite::Transaction busy(other);
  EXPECT_EQ(fault_of([&] { store.begin_run(test::sample_run()); }), "store.locked");
}

TEST_F(StoreOpen, TwoProgramsMayReadAndWriteInTurn) {
  RecordStore first(file_);
  RecordStore second(file_);
  const std::string run = first.begin_run(test::sample_run());
  EXPECT_NE(run, second.begin_run(test::sample_run()));
  EXPECT_EQ(first.runs().size(), 2U);
}

TEST_F(StoreOpen, AttachmentsKeepTheirRightsAndNames) {
  RecordStore store(file_);
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  const Attachment secret = store.keep_file("u", "../../etc/x y", "text/plain", bytes, true);
  const Attachment open = store.keep_file("u", "log.txt", "text/plain", bytes, false);
  const Attachment again = store.keep_file("u", "log.txt", "text/plain", bytes, false);
  struct stat status {};
  ASSERT_EQ(::stat(secret.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::filesystem::path(secret.path).parent_path(), folder_ / "runs.db.files/u");
  EXPECT_NE(open.path, again.path);
  EXPECT_EQ(std::filesystem::file_size(open.path), 3U);
}

TEST_F(StoreOpen, FileNamesArePlain) {
  EXPECT_EQ(as_file_name(""), "_");
  EXPECT_EQ(as_file_name(".."), "_.");
  EXPECT_EQ(as_file_name("a/b c:d"), "a_b_c_d");
  EXPECT_EQ(as_file_name(std::string(300, 'a')).size(), 100U);
}

}  // namespace
}  // namespace plugrig
