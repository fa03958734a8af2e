using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Tests.Backend.Completeness;

/// <summary>The ledger in words: on the page and by <c>pond-backend ledger</c>.</summary>
public sealed class LedgerSummaryTests : IDisposable
{
    private const long Day = 20_635;
    private readonly string folder = Directory.CreateTempSubdirectory("pond-ledger-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("good=1420 power=20", "98.6 % complete, 20 min missing: power cut")]
    [InlineData("good=1440", "100 % complete")]
    [InlineData("good=1399 power=41", "97.1 % complete, 41 min missing: power cut")]
    [InlineData("good=1439 spared=1", "99.9 % complete, 1 min missing: the device was dead and not asked")]
    [InlineData("good=720 thinned=648 full=72", "95 % complete, 1 h 12 min missing: lost: the gateway's buffer was full")]
    [InlineData("good=1380 power=20 no-answer=40", "95.8 % complete, 1 h 0 min missing: 40 min the device did not answer; 20 min power cut")]
    public void Sentence_tells_the_share_and_what_is_missing_and_why(string fates, string expected) =>
        Assert.Equal(expected, LedgerSummary.Of([Row(fates)]).Text);

    [Fact]
    public void Sum_that_does_not_close_is_said_aloud_and_is_a_failure_of_the_command()
    {
        var row = Row("good=1420 power=20", expected: 1_441);
        Assert.Contains("does not add up: 1 polls", LedgerSummary.Of([row]).Text, StringComparison.Ordinal);

        Write(row);
        var (code, output, _) = Run();
        Assert.Equal(1, code);
        Assert.Contains("does not add up", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Command_prints_a_day_for_a_person_and_for_a_machine()
    {
        Write(Row("good=1420 power=20"));

        Assert.Equal(
            (0, "gz-07 2026-07-01\n  pond1.ph: 98.6 % complete, 20 min missing: power cut [expected 1440: good=1420 power=20]\n", ""),
            Run());
        Assert.Equal(
            (0, """{"gateway":"gz-07","day":"2026-07-01","site":"pond","station":"pond-a","device":"pond1","channel":"ph","measurand":"ph","interval_ms":60000,"expected":1440,"complete":1420,"fates":{"good":1420,"power":20},"late":0,"extra":0,"unexplained":0}""" + "\n", ""),
            Run(json: true));
        Assert.Equal(1, Run(day: "2026-07-02").Code);
        Assert.Equal(2, Run(day: "yesterday").Code);
    }

    [Fact]
    public void Database_of_a_backend_that_kept_no_ledger_has_nothing_to_tell()
    {
        new StateDatabase(Path.Combine(folder, "state.db")).Connect().Dispose();

        Assert.Equal((1, "", "the ledger has nothing of that; a backend that runs fills it\n"), Run());
    }

    [Fact]
    public void Records_that_are_in_no_account_are_told_beside_their_gateway()
    {
        Write(Row("good=1440"));
        using (var connection = new StateDatabase(Path.Combine(folder, "state.db")).Connect())
        using (var transaction = connection.BeginTransaction())
        {
            new RowTables(transaction).CountOutside("gz-07", 3);
            new RowTables(transaction).CountOutside("gz-08", 5);
            transaction.Commit();
        }

        Assert.StartsWith(
            "gz-07 2026-07-01 (in no account: 3 records so far with times more than 400 days back or 1 ahead; they are stored)\n",
            Run().Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_of_no_channel_are_told_by_their_number()
    {
        LedgerRow row = new() { Gateway = "gz-07", Day = Day, Channel = LedgerChannel.OfGateway, Expected = 3, Counts = FateCounts.Parse("full=3") };

        Assert.Equal("3 polls lost: the gateway's buffer was full", LedgerSummary.Of([row]).Text);
    }

    private static LedgerRow Row(string fates, long expected = 1_440) => new()
    {
        Gateway = "gz-07",
        Day = Day,
        Channel = new LedgerChannel("pond1", "ph"),
        Site = "pond",
        Station = "pond-a",
        Measurand = PondSentinel.Measurements.Measurand.Ph,
        IntervalMs = 60_000,
        Expected = expected,
        Counts = FateCounts.Parse(fates),
    };

    private void Write(LedgerRow row)
    {
        using var connection = new StateDatabase(Path.Combine(folder, "state.db")).Connect();
        using var transaction = connection.BeginTransaction();
        var tables = new RowTables(transaction);
        tables.Create(new DayGrid(0));
        tables.Replace(row.Gateway, row.Day, row.Day, new DayGrid(0), [row]);
        transaction.Commit();
    }

    private (int Code, string Output, string Error) Run(string? day = null, bool json = false)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = LedgerCommand.Run(folder, day, gateway: null, json, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
