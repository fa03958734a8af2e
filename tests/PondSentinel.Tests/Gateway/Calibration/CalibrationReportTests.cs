using System.Text;
using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Time;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Tests.Gateway.Uplink;
using static PondSentinel.Tests.Gateway.Calibration.CalibrationBench;

namespace PondSentinel.Tests.Gateway.Calibration;

public sealed class CalibrationReportTests
{
    private readonly TestClocks clocks = new();
    private readonly SimulatedCard card = new();
    private readonly Lines journal = new();

    private long Now => clocks.WallMs;

    [Fact]
    public async Task Record_is_told_whole_once_also_when_nobody_ran_as_it_was_added()
    {
        CalibrationStore.Open(card).Add(Record("c1", timeMs: Now));

        var told = await RunAsync(book => book.Add(Record("c2", 0.2, Now)));

        Assert.Equal(["record", "record"], told.Select(What));
        var record = CalibrationCodec.Decode(Encoding.UTF8.GetBytes(told[1].GetProperty("record").GetRawText())).Value!;
        Assert.Equal(("c2", 6.8), (record.Id, Math.Round(record.Curve!.At(7), 9)));
        Assert.Empty(await RunAsync(_ => { }));
    }

    [Fact]
    public async Task What_is_due_is_told_once_and_once_more_when_it_is_overdue_and_not_again_after_a_restart()
    {
        var due = Now + (5 * DayMs);
        CalibrationStore.Open(card).Add(Record("c1", timeMs: Now - (85 * DayMs)));

        var told = await RunAsync(_ => { });
        Assert.Equal(["record", "due"], told.Select(What));
        Assert.Equal(
            $$"""{"what":"due","channel":"ph","id":"c1","due":{{due}}}""",
            told[1].GetRawText());
        Assert.Empty(await RunAsync(_ => { }));

        clocks.SetWall(TimeSpan.FromDays(6));
        Assert.Equal(["overdue"], (await RunAsync(_ => { })).Select(What));
        Assert.Empty(await RunAsync(_ => { }));
        Assert.Contains(journal.All, line => line.Contains("overdue", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_told_as_due_is_not_told_again_after_a_boot_without_a_clock()
    {
        CalibrationStore.Open(card).Add(Record("c1", timeMs: Now - (100 * DayMs)));
        Assert.Equal(["record", "overdue"], (await RunAsync(_ => { })).Select(What));

        Assert.Equal(["record"], (await RunAsync(book => book.Add(Record("c2", 1.5, Now)), ClockPolicy.Auto)).Select(What));
        Assert.Empty(await RunAsync(_ => { }));
    }

    [Fact]
    public async Task Channel_that_was_never_calibrated_is_due_its_interval_after_it_was_first_seen()
    {
        var due = Now + (90 * DayMs);
        Assert.Empty(await RunAsync(_ => { }));

        clocks.SetWall(TimeSpan.FromDays(84));
        Assert.Equal($$"""{"what":"due","channel":"ph","due":{{due}}}""", Assert.Single(await RunAsync(_ => { })).GetRawText());
        clocks.SetWall(TimeSpan.FromDays(7));
        Assert.Equal(["overdue"], (await RunAsync(_ => { })).Select(What));
        Assert.Empty(await RunAsync(_ => { }));

        Assert.Equal(["record"], (await RunAsync(book => book.Add(Record("c1", timeMs: Now)))).Select(What));
    }

    [Fact]
    public async Task File_whose_name_is_none_of_a_record_is_told_of_once_whatever_its_letters()
    {
        using (card.Create("pönd\n.json", 1))
        {
            // It holds nothing that could be read.
        }

        var told = await RunAsync(_ => { }, device: null);

        Assert.Equal("damaged", What(Assert.Single(told)));
        Assert.Empty(await RunAsync(_ => { }));
    }

    [Fact]
    public async Task Card_that_takes_nothing_and_says_nothing_holds_up_no_report()
    {
        var log = new MemoryLog { DurableEvents = new TaskCompletionSource().Task };
        using var room = CalibrationRoom.Open(card, [Ph]);
        room.Book.Add(Record("c1", timeMs: Now));
        var report = Report(room, log, ClockPolicy.System);

        for (var look = 0; look < 3; look++)
        {
            var telling = report.TellAsync(TestContext.Current.CancellationToken);
            clocks.Advance(TimeSpan.FromSeconds(10));
            await telling.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }

        // Told once, and not noted: it is not on the card.
        Assert.Single(log.Events);
        Assert.False(new CalibrationTold(card).Has("record c1"));
    }

    [Fact]
    public async Task New_calibration_ends_it()
    {
        CalibrationStore.Open(card).Add(Record("c1", timeMs: Now - (100 * DayMs)));
        Assert.Equal(["record", "overdue"], (await RunAsync(_ => { })).Select(What));

        Assert.Equal(["record"], (await RunAsync(book => book.Add(Record("c2", timeMs: Now)))).Select(What));
    }

    [Fact]
    public async Task Without_a_clock_that_somebody_vouches_for_nothing_is_due()
    {
        CalibrationStore.Open(card).Add(Record("c1", timeMs: Now - (100 * DayMs)));

        Assert.Equal(["record"], (await RunAsync(_ => { }, ClockPolicy.Auto)).Select(What));
    }

    [Fact]
    public async Task File_that_cannot_be_read_is_told_of_once_with_its_name()
    {
        CalibrationStore.Open(card).Add(Record("c1", timeMs: Now));
        using (var file = card.Open("probe.ph.000001.c1.json"))
        {
            file.Write(40, "??"u8);
        }

        var told = await RunAsync(_ => { });

        Assert.Equal("damaged", What(Assert.Single(told)));
        Assert.Equal("probe.ph.000001.c1.json", told[0].GetProperty("file").GetString());
        Assert.Empty(await RunAsync(_ => { }));
    }

    [Fact]
    public async Task What_was_broken_off_and_cannot_be_kept_is_told_once_and_again_as_the_record_that_it_becomes()
    {
        var record = Draft("c1", Now) with { IsHeldByInstrument = true, Objections = ["broken off"] };

        var told = await RunAsync(book =>
        {
            card.Failure = (call, name) => call == "create" && name == "unfinished" ? SimulatedCard.Enospc : 0;
            Assert.False(book.Keep(record.Complete(Ph, [], _ => false)));
        });
        Assert.Equal("unsettled", What(Assert.Single(told)));
        Assert.Equal(("ph", "c1"), (told[0].GetProperty("channel").GetString(), told[0].GetProperty("id").GetString()));

        card.Failure = (_, _) => 0;
        Assert.Equal(["record"], (await RunAsync(book => Assert.True(book.Keep(record.Complete(Ph, [], _ => false))))).Select(What));
    }

    [Fact]
    public async Task Many_records_at_once_are_told_over_the_hours_and_none_is_left_out()
    {
        var store = CalibrationStore.Open(card);
        for (var i = 0; i < 14; i++)
        {
            store.Add(Record($"c{i}", timeMs: Now));
        }

        var told = await RunAsync(_ => { });
        Assert.Equal(HourlyAllowance.PerHour, told.Count);

        told = await RunAsync(_ => { }, looks: 6);
        Assert.Equal(8, told.Count);
    }

    [Fact]
    public async Task Running_gateway_tells_at_once_what_is_added()
    {
        var log = new MemoryLog();
        using var room = CalibrationRoom.Open(card, [Ph]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = Report(room, log, ClockPolicy.System).RunAsync(stop.Token);
        room.Book.Add(Record("c1", timeMs: Now));
        while (log.Events.Count == 0)
        {
            await Task.Yield();
            stop.Token.ThrowIfCancellationRequested();
        }

        await stop.CancelAsync();
        await running;
        Assert.Equal("cal", log.Events.Single().Type);
    }

    private static string What(JsonElement body) => body.GetProperty("what").GetString()!;

    // A life of the gateway: it looks once at the beginning, and again every half hour.
    private async Task<IReadOnlyList<JsonElement>> RunAsync(
        Action<CalibrationBook> meanwhile, ClockPolicy policy = ClockPolicy.System, int looks = 2, string? device = "probe")
    {
        var log = new MemoryLog();
        using var room = CalibrationRoom.Open(card, [Ph]);
        var report = Report(room, log, policy);
        await report.TellAsync(TestContext.Current.CancellationToken);
        meanwhile(room.Book);
        for (var look = 1; look < looks; look++)
        {
            clocks.Advance(TimeSpan.FromMinutes(30));
            await report.TellAsync(TestContext.Current.CancellationToken);
        }

        Assert.All(log.Events, happening => Assert.Equal(("cal", device), (happening.Type, happening.Device)));
        return [.. log.Events.Select(happening => JsonElement.Parse(happening.Body.Span))];
    }

    private CalibrationReport Report(CalibrationRoom room, MemoryLog log, ClockPolicy policy) => new(
        room.Book,
        room.Told,
        new RecordSink(log, "zudong", "9f3c01d2", witness: null),
        new GatewayClock(clocks, clocks, new ClockOptions { Source = policy }),
        clocks,
        journal);
}
