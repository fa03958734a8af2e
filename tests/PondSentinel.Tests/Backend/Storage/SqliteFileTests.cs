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

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static void Add(SqliteConnection connection, long number)
    {
        using var transaction = connection.BeginTransaction();
        transaction.Execute("INSERT INTO t VALUES ($number)", ("$number", number));
        transaction.Commit();
    }
}
