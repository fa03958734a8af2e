using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Ingest;

namespace PondSentinel.Tests.Backend.Completeness;

/// <summary>The ledger as a series in the measurement store: what is written when, and what a crash leaves.</summary>
public sealed class CompletenessSeriesTests : IDisposable
{
    private const long Day = 20_635;
    private static readonly DayGrid Utc = new(0);

    private readonly LedgerBench bench = new(Utc, (Day * DayGrid.DayMs) + 1);
    private readonly FakeStore store = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task Day_is_one_point_that_is_written_again_when_its_account_changes()
    {
        Replace(Row("good=1420 power=20"), Row("good=1440", channel: "t"));
        await bench.WriteSeriesAsync(store);
        Assert.Equal(["gz-07/pond/outlet/pond1.ph 1782864000000", "gz-07/pond/outlet/pond1.t 1782864000000"], store.Days.Keys.Order());
        Assert.Equal((1_440, 1_420, 20), Ph("expected", "complete", "not_measured_power"));

        store.Days.Clear();
        Replace(Row("good=1421 stop=19"), Row("good=1440", channel: "t"));
        await bench.WriteSeriesAsync(store);
        Assert.Equal((1_421, 19, 0), Ph("complete", "not_measured_stop", "not_measured_power"));
        Assert.Single(store.Days);
        Assert.Equal(2, store.Writes);

        await bench.WriteSeriesAsync(store);
        Assert.Equal(2, store.Writes);
    }

    [Fact]
    public async Task What_a_store_did_not_take_is_written_by_the_next_process()
    {
        Replace(Row("good=1440"));
        store.Before = () => throw new StoreUnavailableException("away");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => bench.WriteSeriesAsync(store));
        Assert.Empty(store.Days);

        store.Before = null;
        bench.Restart();
        await bench.WriteSeriesAsync(store);
        Assert.Single(store.Days);
    }

    [Fact]
    public async Task Crash_after_the_store_has_it_and_before_that_is_noted_writes_it_again()
    {
        Replace(Row("good=1440"));
        store.After = () => throw new StoreUnavailableException("the answer was lost");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => bench.WriteSeriesAsync(store));

        store.After = null;
        await bench.WriteSeriesAsync(store);
        Assert.Equal((1, 2), (store.Days.Count, store.Writes));
    }

    [Fact]
    public async Task Change_while_the_store_writes_is_written_next()
    {
        Replace(Row("good=1"));
        store.After = () =>
        {
            store.After = null;
            Replace(Row("good=2"));
        };
        await bench.WriteSeriesAsync(store);
        await bench.WriteSeriesAsync(store);
        Assert.Equal(2, Ph("good"));
    }

    [Fact]
    public async Task Row_that_is_no_more_leaves_zeros_and_so_does_one_whose_tags_change()
    {
        Replace(Row("good=1440"), Row("good=7", channel: "t"));
        await bench.WriteSeriesAsync(store);
        Replace(Row("good=1440", station: "inlet"));
        await bench.WriteSeriesAsync(store);

        Assert.Equal(
            ["gz-07/pond/inlet/pond1.ph 1782864000000"],
            store.Days.Where(day => day.Value.Fields.Any(field => field.Count != 0)).Select(day => day.Key));
        Assert.Equal(3, store.Days.Count);
    }

    [Fact]
    public async Task Another_calendar_leaves_zeros_where_its_days_do_not_begin()
    {
        Replace(Row("good=1440"));
        await bench.WriteSeriesAsync(store);
        bench.Move(new DayGrid(8 * 3_600_000));
        await bench.WriteSeriesAsync(store);

        Assert.All(Assert.Single(store.Days).Value.Fields, field => Assert.Equal(0, field.Count));
    }

    [Fact]
    public async Task Ledger_of_before_there_was_a_series_is_written_whole()
    {
        Replace(Row("good=1440"));
        using (var transaction = bench.Connection.BeginTransaction())
        {
            transaction.Execute("DROP TABLE completeness_unwritten");
            transaction.Commit();
        }

        bench.Restart();
        await bench.WriteSeriesAsync(store);
        Assert.Equal(1_440, Ph("good"));
    }

    [Fact]
    public async Task More_than_fit_into_one_write_are_all_written()
    {
        Replace([.. Enumerable.Range(0, 1_001).Select(number => Row("good=1", channel: $"c{number}"))]);
        await bench.WriteSeriesAsync(store);
        Assert.Equal((1_001, 2), (store.Days.Count, store.Writes));
    }

    [Fact]
    public void Each_fate_is_a_field_of_its_own_and_in_exactly_one_of_the_sums_that_make_up_the_expected() => Assert.All(Fates.All, fate =>
    {
        var fields = LedgerFields.Of(Row($"{fate.Token}=1"));
        Assert.Equal(fields.Count, fields.DistinctBy(field => field.Name).Count());
        Assert.All(fields, field => Assert.Matches("^[a-z0-9_]+$", field.Name));
        string[] parts = ["good", "unchecked", "suspect", "bad", "serviced", "failed", "thinned", "lost", "refused", "not_measured", "unknown"];
        Assert.Equal(1, fields.Where(field => parts.Contains(field.Name)).Sum(field => field.Count));
        Assert.Equal(fate.Group is FateGroup.NotMeasured || fate is Fate.Unheard or Fate.Before ? 0 : 1, Of(fields, "measured"));
        Assert.Equal(fate.Group is FateGroup.Value or FateGroup.NoValue ? 1 : 0, Of(fields, "delivered"));
    });

    private static LedgerRow Row(string fates, string channel = "ph", string station = "outlet") => new()
    {
        Gateway = "gz-07",
        Day = Day,
        Channel = new LedgerChannel("pond1", channel),
        Site = "pond",
        Station = station,
        Measurand = Measurand.Ph,
        IntervalMs = 60_000,
        Expected = FateCounts.Parse(fates).Sum,
        Counts = FateCounts.Parse(fates),
    };

    private static long Of(IEnumerable<DayField> fields, string name) => fields.Single(field => field.Name == name).Count;

    private void Replace(params IReadOnlyList<LedgerRow> rows)
    {
        using var transaction = bench.Connection.BeginTransaction();
        new RowTables(transaction).Replace("gz-07", Day, Day, Utc, rows);
        transaction.Commit();
    }

    private long Ph(string field) => Of(store.Days.Single(day => day.Key.Contains(".ph ", StringComparison.Ordinal)).Value.Fields, field);

    private (long First, long Second, long Third) Ph(string first, string second, string third) => (Ph(first), Ph(second), Ph(third));
}
