using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Tests.Backend.Storage;

public sealed class StatementCacheTests : IDisposable
{
    private readonly SqliteConnection connection = new("Data Source=:memory:");

    public StatementCacheTests()
    {
        connection.Open();
        In(transaction => transaction.Execute("CREATE TABLE t(a INTEGER, b TEXT)"));
    }

    public void Dispose() => connection.Dispose();

    [Fact]
    public void Statement_is_compiled_once_and_takes_other_values_types_and_parameters_each_time()
    {
        const string Insert = "INSERT INTO t VALUES ($a, $b)";
        In(transaction => transaction.Execute(Insert, ("$a", 1L), ("$b", "x")));
        var kept = StatementCache.Of(connection).Idle;
        In(transaction => transaction.Execute(Insert, ("$b", null), ("$a", 2)));
        In(transaction => transaction.Execute(Insert, ("$c", "unused"), ("$a", null), ("$b", "y")));
        Assert.Equal(kept, StatementCache.Of(connection).Idle);
        Assert.Equal(["1|x", "2|", "|y"], Rows());
    }

    [Fact]
    public void Statement_may_run_within_its_own_rows()
    {
        In(transaction => transaction.Execute("INSERT INTO t VALUES (1, 'x'), (2, 'y')"));
        const string Select = "SELECT a FROM t WHERE a >= $from ORDER BY a";
        Assert.Equal(
            ["1:1,2", "2:2"],
            In(transaction => transaction.Query(
                Select,
                outer => $"{outer.GetInt64(0)}:{string.Join(',', transaction.Query(Select, inner => inner.GetInt64(0), ("$from", outer.GetInt64(0))))}",
                ("$from", 1))));
    }

    [Fact]
    public void Statement_that_failed_or_whose_table_has_changed_runs_again()
    {
        In(transaction => transaction.Execute("CREATE UNIQUE INDEX u ON t(a)"));
        const string Insert = "INSERT INTO t VALUES ($a, 'x')";
        In(transaction => transaction.Execute(Insert, ("$a", 1)));
        Assert.Throws<SqliteException>(() => In(transaction => transaction.Execute(Insert, ("$a", 1))));
        In(transaction => transaction.Execute(Insert, ("$a", 2)));
        Assert.Equal(2, Rows().Count);
        In(transaction => transaction.Execute("ALTER TABLE t ADD COLUMN c INTEGER DEFAULT 7"));
        Assert.Equal(["1|x|7", "2|x|7"], Rows());
    }

    [Fact]
    public void No_more_are_kept_than_the_bound()
    {
        In(transaction =>
        {
            for (var i = 0; i < (2 * StatementCache.CountMax) + 3; i++)
            {
                Assert.Equal([i], transaction.Query($"SELECT {i}", reader => reader.GetInt32(0)));
                Assert.InRange(StatementCache.Of(connection).Idle, 1, StatementCache.CountMax);
            }

            return 0;
        });
    }

    [Fact]
    public void Hot_statement_takes_other_values_each_time_and_tells_how_many_rows_it_changed()
    {
        const string Insert = "INSERT OR IGNORE INTO t VALUES (?, ?)";
        In(transaction => transaction.Execute("CREATE UNIQUE INDEX u ON t(a)"));
        int Run(long a, double? b) => In(transaction =>
        {
            var statement = transaction.Hot(Insert);
            statement.Bind(1, a);
            statement.Bind(2, b);
            return statement.Run();
        });
        Assert.Equal([1, 1, 0, 1], new[] { Run(1, 0.5), Run(2, null), Run(2, 7), Run(3, -1.5) });
        Assert.Equal(["1|0.5", "2|", "3|-1.5"], Rows());
        In(transaction => transaction.Execute("ALTER TABLE t ADD COLUMN c INTEGER"));
        Assert.Equal("no such table: none", Assert.Throws<SqliteException>(() => In(transaction => transaction.Hot("DELETE FROM none"))).Message.Split('\'')[1]);
    }

    [Fact]
    public void Hot_statement_that_cannot_be_done_says_why_and_can_be_run_again()
    {
        const string Insert = "INSERT INTO t VALUES (?, x'00')";
        In(transaction => transaction.Execute("CREATE UNIQUE INDEX u ON t(a)"));
        int Run(long a) => In(transaction =>
        {
            transaction.Hot(Insert).Bind(1, a);
            return transaction.Hot(Insert).Run();
        });
        Run(1);
        Assert.Contains("UNIQUE", Assert.Throws<SqliteException>(() => Run(1)).Message, StringComparison.Ordinal);
        Run(2);
        Assert.Equal(2, Rows().Count);
    }

    /// <summary>While one is open SQLite holds the file: the log beside it would stay.</summary>
    [Fact]
    public void Hot_statements_end_with_their_connection()
    {
        var folder = Directory.CreateTempSubdirectory("pond-hot-");
        try
        {
            var file = Path.Combine(folder.FullName, "state.db");
            using (var state = new StateDatabase(file).Connect())
            {
                using var transaction = state.BeginTransaction();
                transaction.Execute("CREATE TABLE t(a)");
                transaction.Hot("INSERT INTO t VALUES (?)").Run();
                transaction.Commit();
                Assert.True(File.Exists(file + "-wal"));
            }

            Assert.False(File.Exists(file + "-wal"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private List<string> Rows() => In(transaction => transaction.Query(
        "SELECT * FROM t ORDER BY rowid",
        reader => string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(column => $"{(reader.IsDBNull(column) ? null : reader.GetValue(column))}"))));

    private T In<T>(Func<SqliteTransaction, T> work)
    {
        using var transaction = connection.BeginTransaction();
        var result = work(transaction);
        transaction.Commit();
        return result;
    }
}
