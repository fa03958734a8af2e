using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

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
    [InlineData("good=1320 serviced=60 maintenance=60", "95.8 % complete, 1 h 0 min missing: in maintenance, 1 h 0 min taken in maintenance")]
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
    public void Month_is_summed_up_with_the_share_in_maintenance()
    {
        Write(Row("good=1380 serviced=30 maintenance=30"), Row("good=1440", day: Day + 30), Row("serviced=1440", day: Day + 31), Row("serviced=1440", day: Day - 1));

        Assert.Equal(
            (0, "gz-07 2026-07\n  pond1.ph: 98.9 % complete, 30 min missing: in maintenance, 30 min taken in maintenance; 2.1 % in maintenance\n", ""),
            Run(month: "2026-07"));
        Assert.Equal(
            (0, """{"gateway":"gz-07","month":"2026-07","device":"pond1","channel":"ph","expected":2880,"complete":2850,"in_maintenance":60,"in_maintenance_ms":3600000,"unexplained":0}""" + "\n", ""),
            Run(month: "2026-07", json: true));
        Assert.Equal((2, "", "--month 2026-13 is no month; write it as 2026-07\n"), Run(month: "2026-13"));
        Assert.Equal((2, "", "--day and --month are two periods; name one\n"), Run(month: "2026-07", day: "2026-07-01"));
    }

    [Theory]
    [InlineData(QualityFlag.Fail, Why.Maintenance, "serviced")]
    [InlineData(QualityFlag.Suspect, Why.Calibrating | Why.Spike, "serviced")]
    [InlineData(QualityFlag.Fail, Why.Rate, "bad")]
    [InlineData(QualityFlag.Missing, Why.Maintenance | Why.NoAnswer, "maintenance")]
    [InlineData(QualityFlag.Missing, Why.NoAnswer, "no-answer")]
    public void What_was_taken_in_maintenance_is_counted_as_that(QualityFlag flag, Why why, string token) =>
        Assert.Equal(token, Fates.OfValue(flag, why).Token);

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
    public void Values_that_were_deleted_for_their_age_are_told_beside_their_gateway()
    {
        Write(Row("good=1440"));
        using (var connection = new StateDatabase(Path.Combine(folder, "state.db")).Connect())
        using (var transaction = connection.BeginTransaction())
        {
            var tables = new RetentionTables(transaction);
            tables.Create();
            tables.CountExpired("gz-07", 40);
            tables.CountExpired("gz-07", 2);
            transaction.Commit();
        }

        Assert.StartsWith(
            "gz-07 2026-07-01 (no longer in the store: 42 values so far that were older than keep_raw; means of them stay)\n",
            Run().Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_of_no_channel_are_told_by_their_number()
    {
        LedgerRow row = new() { Gateway = "gz-07", Day = Day, Channel = LedgerChannel.OfGateway, Expected = 3, Counts = FateCounts.Parse("full=3") };

        Assert.Equal("3 polls lost: the gateway's buffer was full", LedgerSummary.Of([row]).Text);
    }

    private static LedgerRow Row(string fates, long expected = 1_440, long day = Day) => new()
    {
        Gateway = "gz-07",
        Day = day,
        Channel = new LedgerChannel("pond1", "ph"),
        Site = "pond",
        Station = "pond-a",
        Measurand = Measurand.Ph,
        IntervalMs = 60_000,
        Expected = expected,
        Counts = FateCounts.Parse(fates),
    };

    private void Write(params LedgerRow[] rows)
    {
        using var connection = new StateDatabase(Path.Combine(folder, "state.db")).Connect();
        using var transaction = connection.BeginTransaction();
        var tables = new RowTables(transaction);
        tables.Create(new DayGrid(0));
        foreach (var row in rows)
        {
            tables.Replace(row.Gateway, row.Day, row.Day, new DayGrid(0), [row]);
        }

        transaction.Commit();
    }

    private (int Code, string Output, string Error) Run(string? day = null, bool json = false, string? month = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = LedgerCommand.Run(folder, (day, month), gateway: null, json, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
