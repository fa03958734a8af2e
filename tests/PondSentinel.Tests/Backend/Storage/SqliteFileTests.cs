using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using SQLitePCL;

namespace PondSentinel.Tests.Backend.Storage;

public sealed class SqliteFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-sql-").FullName;

    [Fact]
    public void Commit_that_sqlite_has_rolled_back_by_itself_tells_its_reason_and_leaves_the_connection_usable()
    {
        using var connection = SqliteFile.Open(Path.Combine(folder, "some.db"));
        using (var transaction = connection.BeginTransaction())
        {
            transaction.Execute("CREATE TABLE t(x INTEGER NOT NULL)");
            transaction.Commit();
        }

        // As a full disk does at the last step.
        var fails = true;
        raw.sqlite3_commit_hook(connection.Handle, _ => fails ? 1 : 0, null);
        var error = Assert.Throws<SqliteException>(() => Add(connection, 1));
        Assert.Equal(raw.SQLITE_CONSTRAINT, error.SqliteErrorCode);

        fails = false;
        Add(connection, 2);
        using var reading = connection.BeginTransaction();
        Assert.Equal([2], reading.Query("SELECT x FROM t", reader => reader.GetInt64(0)));
    }

    [Theory]
    [InlineData(raw.SQLITE_BUSY, "some.db is held by another program. End it, a backup or a database browser perhaps.")]
    [InlineData(raw.SQLITE_LOCKED, "some.db is held by another program. End it, a backup or a database browser perhaps.")]
    [InlineData(raw.SQLITE_FULL, "some.db: the disk is full. Make room.")]
    [InlineData(raw.SQLITE_READONLY, "some.db cannot be written. Give the folder and the file to the user that runs the backend.")]
    [InlineData(raw.SQLITE_IOERR, "some.db: the disk cannot be read or written. Look for its errors in the journal of the system.")]
    public void Trouble_is_told_with_what_ends_it(int code, string words) =>
        Assert.Equal(words, SqliteFile.Explain("some.db", new SqliteException("words of SQLite", code)));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static void Add(SqliteConnection connection, long number)
    {
        using var transaction = connection.BeginTransaction();
        transaction.Execute("INSERT INTO t VALUES ($number)", ("$number", number));
        transaction.Commit();
    }
}
