using PondSentinel.Gateway.Uplink;
using PondSentinel.Tests.Wire;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Uplink;

/// <summary>Records that gather, and a month's budget that is ahead or used up.</summary>
public sealed class ThriftTests : IAsyncDisposable
{
    private const string Before = "zzzzzzzz";
    private const long Budget = 3_000_000;

    private readonly UplinkBench bench = new();
    private readonly string folder = Directory.CreateTempSubdirectory("pond-thrift").FullName;

    public ThriftTests() => bench.Clocks.Discipline = new(Synchronised: true, TimeSpan.FromMilliseconds(5));

    public async ValueTask DisposeAsync()
    {
        await bench.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Records_gather_for_the_interval_and_go_together()
    {
        bench.Options = bench.Options with { BatchInterval = TimeSpan.FromMinutes(5) };
        _ = bench.Start();
        for (var i = 0; i < 120; i++)
        {
            bench.Append();
            bench.Run(10);
        }

        // The first at once, then one in 5 minutes.
        Assert.InRange(bench.Batches("live").Count(), 4, 5);
        bench.Run(300);
        Assert.Equal(
            Enumerable.Range(0, 120).Select(number => (long)number),
            bench.Batches("live").SelectMany(batch => batch.Records).Select(record => record.Sequence));
    }

    [Fact]
    public void Dictionary_is_used_where_the_newest_receipt_names_it_and_not_for_what_goes_again()
    {
        var meta = MetaCodec.Decode(Example.Bytes("meta")).Value!;
        var dictionary = PackingDictionary.Of(meta)!;
        bench.Dictionary = new DictionaryAgreement(dictionary);
        bench.Options = bench.Options with { BatchInterval = TimeSpan.FromMinutes(1), ResendAfter = TimeSpan.FromMinutes(20) };
        _ = bench.Start();
        string?[] Ids(string lane) => [.. bench.On($"data/{lane}").Select(message => PackingDictionary.IdIn(message.Payload.Span))];
        void Go()
        {
            bench.Append();
            bench.Run(61);
        }

        Go();
        bench.SettleWith(dictionary.Id, RecordLogInMemory.OwnEpoch, 0);
        Go();
        bench.SettleWith(null, RecordLogInMemory.OwnEpoch, 1);
        Go();
        bench.SettleWith("00000000", RecordLogInMemory.OwnEpoch, 2);
        Go();
        bench.SettleWith(dictionary.Id, RecordLogInMemory.OwnEpoch, 3);
        Go();
        Assert.Equal([null, dictionary.Id, null, null, dictionary.Id], Ids("live"));

        // Nothing was sent later: it waits for four times as long as what was passed over.
        for (var i = 0; i < 9; i++)
        {
            bench.Run(600);
            bench.SettleWith(dictionary.Id, RecordLogInMemory.OwnEpoch, 3);
        }

        bench.Run(5);
        Assert.Equal([null], Ids("back"));
    }

    [Fact]
    public void State_of_the_thrifty_says_how_long_receipts_may_wait()
    {
        bench.Options = bench.Options with { BatchInterval = TimeSpan.FromMinutes(1), ResendAfter = TimeSpan.FromMinutes(20) };
        _ = bench.Start();
        bench.Run(1);
        Assert.Equal(600, StateCodec.Decode(bench.On("state").First().Payload.Span).Value!.ReceiptSeconds);
    }

    [Fact]
    public void State_of_others_says_nothing_of_it()
    {
        _ = bench.Start();
        bench.Run(1);
        Assert.Null(StateCodec.Decode(bench.On("state").First().Payload.Span).Value!.ReceiptSeconds);
    }

    [Fact]
    public void Topic_has_a_number_from_the_first_answer_on_as_far_as_the_broker_takes_them()
    {
        var aliases = new TopicAliases(2);
        Assert.Equal((1, false), aliases.Of("a"));
        Assert.Equal((2, false), aliases.Of("b"));
        Assert.Equal((1, false), aliases.Of("a"));
        aliases.NoteAnswered("a");
        Assert.Equal((1, true), aliases.Of("a"));
        aliases.NoteAnswered("c");
        Assert.Equal((0, false), aliases.Of("c"));
        Assert.Equal((0, false), new TopicAliases(0).Of("a"));
    }

    [Fact]
    public async Task Record_that_cannot_wait_closes_the_batch_at_once()
    {
        bench.Options = bench.Options with { BatchInterval = TimeSpan.FromHours(1) };
        _ = bench.Start();
        bench.Append();
        bench.Append(3);
        bench.Run(60);
        Assert.Single(bench.Batches("live"));

        Urgent();
        await UplinkBench.Soon(() => bench.Batches("live").Count() == 2);
        Assert.Equal(new SequenceRange(1, 4), bench.Batches("live").Last().Range);

        bench.Append();
        bench.Run(3000);
        Assert.Equal(2, bench.Batches("live").Count());
    }

    [Fact]
    public async Task Record_that_cannot_wait_is_not_held_by_the_one_before_that_could_not_either()
    {
        bench.Options = bench.Options with { BatchInterval = TimeSpan.FromHours(1) };
        _ = bench.Start();
        for (var i = 1; i <= 20; i++)
        {
            bench.Append();
            Urgent();
            await UplinkBench.Soon(() => bench.Batches("live").SelectMany(batch => batch.Records).Count() == i * 2);
        }
    }

    [Fact]
    public void Use_ahead_of_the_month_makes_records_gather_and_the_backlog_slow_and_is_told()
    {
        KeepBudget();
        bench.Broker.Bytes = new LinkBytes(Budget * 9 / 100, 0);
        bench.Options = bench.Options with { ResendAfter = TimeSpan.FromHours(1) };
        bench.Log.Inherit(Before, 30_000, sent: false);
        _ = bench.Start();
        bench.Run(20);
        var before = bench.Batches("back").Count();

        Assert.Equal(TimeSpan.FromMinutes(15), bench.Thrift!.BatchInterval);
        Assert.Equal(TimeSpan.FromMinutes(12), bench.Thrift.HealthInterval);
        Assert.Equal(new LinkHealth(Budget * 9 / 100, 0, 900) { MonthBytes = Budget * 9 / 100, BudgetBytes = Budget }, bench.Thrift.Health);
        Assert.Contains(bench.Journal.All, line => line.Contains("live records gather for 15m at least", StringComparison.Ordinal));
        bench.Run(600);
        Assert.InRange(bench.Batches("back").Count() - before, 0, 1);
    }

    [Fact]
    public async Task Used_up_budget_lets_through_what_is_urgent_and_events_alone_and_loses_nothing()
    {
        KeepBudget();
        bench.Broker.Bytes = new LinkBytes(Budget, 0);
        bench.Log.Inherit(Before, 10, sent: true);
        _ = bench.Start();
        bench.Append(3);
        bench.Run(30);
        Urgent();
        bench.Event();
        await UplinkBench.Soon(() => bench.Batches("live").Any());

        Assert.Equal(new SequenceRange(3, 3), Assert.Single(bench.Batches("live")).Range);
        Assert.Equal(
            ["fault", "clock"], bench.On("evt").Select(message => EventCodec.Decode(message.Payload.Span).Value!.Type));
        Assert.Contains(bench.Journal.All, line => line.Contains("the data budget of this month is used up", StringComparison.Ordinal));
        bench.Append(5);
        bench.Run(3600);
        Assert.Single(bench.Batches("live"));
        Assert.Empty(bench.Batches("back"));

        // August.
        bench.Clocks.SetWall(TimeSpan.FromDays(31));
        bench.Run(60);
        var numbers = bench.Batches("live").Concat(bench.Batches("back")).Where(batch => batch.Epoch == RecordLogInMemory.OwnEpoch)
            .SelectMany(batch => batch.Records).Select(record => record.Sequence).Order();
        Assert.Equal(Enumerable.Range(0, 9).Select(number => (long)number), numbers);
        Assert.Equal(0, bench.Thrift!.BatchInterval.TotalSeconds);
    }

    [Fact]
    public async Task Urgent_record_of_an_outage_goes_with_the_backlog_even_where_the_budget_is_used_up()
    {
        KeepBudget();
        bench.Broker.Bytes = new LinkBytes(Budget, 0);
        bench.Broker.Failure = "away";
        _ = bench.Start();
        bench.Append(3);
        bench.Run(20);
        Assert.True(bench.Thrift!.IsSpent);
        Urgent();
        bench.Broker.Failure = null;

        await bench.Until(() => bench.Batches("back").Any(batch => batch.Range.Contains(3)));
        bench.Log.Requeue(RecordLogInMemory.OwnEpoch, new SequenceRange(0, 1));
        var sent = bench.Batches("back").Count();
        bench.Run(600);
        Assert.Equal(sent, bench.Batches("back").Count());
    }

    private void KeepBudget() => bench.Thrift = new Thrift(
        bench.Options,
        new DataBudget(Budget, new DataUsageFile(Path.Combine(folder, "use.json")), bench.Clock, bench.Clocks, bench.Journal),
        () => bench.Broker.Bytes);

    private void Urgent() => bench.Urgent.Note(bench.Log.Append(RecordLogInMemory.Ph(99), urgent: true).Id);
}
