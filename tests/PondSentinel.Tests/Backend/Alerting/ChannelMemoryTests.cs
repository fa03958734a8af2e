using System.Globalization;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Alerting;

public sealed class ChannelMemoryTests : IDisposable
{
    private readonly SqliteConnection connection = new("Data Source=:memory:");

    public ChannelMemoryTests()
    {
        connection.Open();
        using var transaction = connection.BeginTransaction();
        AlertSchema.Create(transaction);
        transaction.Commit();
    }

    public void Dispose() => connection.Dispose();

    [Fact]
    public void Beyond_its_bytes_what_was_used_longest_ago_is_forgotten()
    {
        var bytes = new RememberedChannel(RowOf(0)).Bytes;
        var memory = new ChannelMemory(3 * bytes);
        In(memory, () => Enter(memory, 0, 1, 2));
        In(memory, () => Assert.NotNull(memory.Find(0)));
        In(memory, () => Enter(memory, 3, 4));
        Assert.Equal(3, memory.Count);
        In(memory, () => Assert.Equal([0, 3, 4], Enumerable.Range(0, 5).Where(id => memory.Find(id) is not null)));
        Assert.Equal(3, memory.Count);
    }

    [Fact]
    public void Within_a_transaction_nothing_is_forgotten_that_it_has_used()
    {
        var memory = new ChannelMemory(0);
        In(memory, () =>
        {
            Enter(memory, 0, 1, 2);
            Assert.All(Enumerable.Range(0, 3), id => Assert.NotNull(memory.Find(id)));
        });
        Assert.Equal(0, memory.Count);
    }

    [Fact]
    public void Transaction_that_is_not_committed_takes_what_it_used_and_leaves_the_rest()
    {
        var memory = new ChannelMemory();
        In(memory, () => Enter(memory, 0, 1));
        In(memory, () => Assert.NotNull(memory.Find(1)), commits: false);
        In(memory, () =>
        {
            Assert.Null(memory.Find(1));
            Assert.NotNull(memory.Find(RowOf(0).Subject, ""));
        });
    }

    [Fact]
    public void Number_that_another_has_written_takes_all()
    {
        var memory = new ChannelMemory();
        var other = new ChannelMemory();
        In(memory, () => Enter(memory, 0, 1));
        In(other, () => { });
        In(memory, () => Assert.Equal(2, memory.Count));
        In(other, other.Change);
        In(memory, () => Assert.Equal(0, memory.Count));
    }

    private static void Enter(ChannelMemory memory, params int[] ids)
    {
        foreach (var id in ids)
        {
            memory.Enter(RowOf(id));
        }
    }

    private static SubjectRow RowOf(int id) => new(
        id, new AlertSubject("s", "p", "g", "d", id.ToString(CultureInfo.InvariantCulture), Measurand.Ph), long.MinValue, long.MinValue, 0, "");

    private void In(ChannelMemory memory, Action use, bool commits = true)
    {
        using var transaction = connection.BeginTransaction();
        memory.Begin(transaction);
        use();
        memory.Write(transaction);
        if (commits)
        {
            transaction.Commit();
            memory.Committed();
        }
    }
}
