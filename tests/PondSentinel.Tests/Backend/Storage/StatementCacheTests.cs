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
