using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Terminal;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Tests.Simulator.Devices.Twins;

namespace PondSentinel.Tests.Gateway.Calibration;

/// <summary>Instruments that hold their calibration, driven by the verb of the control socket, against their twins.</summary>
public sealed class CalibrationRunsTests : IAsyncDisposable
{
    private readonly TestClocks clocks = new();
    private readonly CancellationTokenSource stop = new();
    private readonly BusErrands errands = new();
    private readonly SimulatedCard maintenanceCard = new();
    private readonly MemoryLog log = new();
    private SimulatedCard card = new() { WantsContentBeforeName = true };
    private TwinBench bench;
    private CalibratedChannel channel;
    private CalibrationRoom room;
    private CalibrationRuns runs;
    private MaintenanceBook maintenance;
    private Task working = Task.CompletedTask;
    private double inWater = 7;

    public CalibrationRunsTests()
    {
        (bench, channel, room, runs, maintenance) = (null!, null!, null!, null!, null!);
        Use("atlas-ezo-ph", LineKind.I2c, "ph", Measurand.Ph);
    }

    private static CancellationToken End => TestContext.Current.CancellationToken;

    private string Names => string.Join(' ', room.Book.Records.Select(stored => stored.Record.IsAccepted ? "accepted" : "refused"));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await working;
        stop.Dispose();
        room.Dispose();
        bench.Dispose();
    }

    [Fact]
    public async Task Circuit_goes_through_its_buffers_a_call_each_and_is_marked_meanwhile()
    {
        Assert.Equal("""{"channel":"dut.ph","who":"Li","taken":[{"name":"buffer pH 7.00","std":7,"found":7,"left":7}],"next":"buffer pH 4.00 or buffer pH 10.00","may_end":true}""", await StandAsync(7));
        Assert.True(runs.Covers("dut"));
        await StandAsync(4.01);
        Assert.Contains("\"next\":\"buffer pH 10.00\"", await AskAsync("\"channel\":\"dut.ph\"", CalibrationStateVerb.Verb), StringComparison.Ordinal);

        var last = await StandAsync(10.01);

        Assert.False(runs.Covers("dut"));
        Assert.Contains("\"marked_s\":900,\"awaits_water\":true", last, StringComparison.Ordinal);
        var record = CalibrationCodec.Decode(Encoding.UTF8.GetBytes(JsonElement.Parse(last).GetProperty("record").GetRawText())).Value!;
        Assert.Equal([], record.Reasons);
        Assert.Equal(("Li", CalibrationKind.Instrument, 22.0), (record.By, record.Kind, record.Celsius));
        Assert.Equal([7, 4.01, 10.01], record.AsLeft.Select(reading => Math.Round(reading.Raw, 2)));
        Assert.Equal(["A17", "A17", "A17"], record.AsFound.Select(reading => reading.Lot));
        Assert.Equal(record.Id, room.Book.Of("dut", "ph")!.Id);
        Start();
        Assert.Equal("accepted", Names);
    }

    [Fact]
    public async Task Conductivity_is_told_dry_and_of_one_standard()
    {
        Use("atlas-ezo-ec", LineKind.I2c, "conductivity", Measurand.Conductivity);
        await StandAsync(0);
        inWater = 1380;
        var record = JsonElement.Parse(await TakeAsync(1413)).GetProperty("record");

        Assert.Equal("[]", record.GetProperty("refused").GetRawText());
        Assert.Equal([0, 1380], record.GetProperty("found").EnumerateArray().Select(reading => reading.GetProperty("raw").GetDouble()));
        Assert.Equal([0, 1413], record.GetProperty("left").EnumerateArray().Select(reading => reading.GetProperty("raw").GetDouble()));
    }

    [Fact]
    public async Task Probe_goes_through_the_recipe_of_its_profile_and_leaves_none_of_it_out()
    {
        Use("yosemitech-y532", LineKind.Serial, "ph", Measurand.Ph);
        Assert.Equal("9.18 is not what comes next: buffer pH 4.00", await RefusalAsync(9.18));
        await StandAsync(4);
        Assert.Equal("buffer pH 4.00 has been taken; next is buffer pH 6.86", await RefusalAsync(4));
        Assert.Equal(
            "dut.ph is not through its standards; next is buffer pH 6.86; to give it up say --abandon",
            (await Assert.ThrowsAsync<ControlRefusedException>(() => DoAsync("end"))).Message);
        await StandAsync(6.86);
        await StandAsync(9.18);

        Assert.Equal("accepted", Names);
    }

    [Fact]
    public async Task Standards_that_may_be_left_out_are()
    {
        await StandAsync(7);
        await DoAsync("end");

        Assert.Equal("accepted", Names);
        Assert.False(runs.Covers("dut"));
    }

    [Fact]
    public async Task What_is_given_up_is_a_refused_record_and_leaves_the_channel_in_doubt()
    {
        await StandAsync(7);
        await StandAsync(4);
        await DoAsync("abandon");

        var record = Assert.Single(room.Book.Records).Record;
        Assert.Equal("broken off after 2 of 3 standards: it was given up; the instrument holds a part of it: begin again with the first", record.Reasons[0]);
        Assert.True(room.Book.Of("dut", "ph")!.IsDoubted);
        await StandAsync(7);
        await DoAsync("end");
        Assert.False(room.Book.Of("dut", "ph")!.IsDoubted);
    }

    [Fact]
    public async Task Nobody_who_goes_on_for_an_hour_is_the_same()
    {
        await StandAsync(7);
        clocks.Advance(CalibrationRuns.IdleMax - TimeSpan.FromMinutes(1));
        runs.BreakOffIdle();
        Assert.Empty(room.Book.Records);

        clocks.Advance(TimeSpan.FromMinutes(1));
        runs.BreakOffIdle();

        Assert.StartsWith("broken off after 1 of 3 standards: nobody went on with it for 60 min", Assert.Single(room.Book.Records).Record.Reasons[0], StringComparison.Ordinal);
        Assert.False(runs.Covers("dut"));
    }

    [Fact]
    public async Task Standard_of_which_nobody_knows_whether_it_was_taken_must_be_taken_again()
    {
        var looks = long.MinValue / 2;
        Use("atlas-ezo-ph", LineKind.I2c, "ph", Measurand.Ph, () => --looks is <= 0 and > -3 ? double.NaN : inWater);
        await StandAsync(7);
        inWater = 4;
        card.Failure = (call, _) =>
        {
            // The note is made just before the circuit is told, which looks once: what it shows afterwards is no number, however often it is asked.
            looks = call == "create" ? 2 : looks;
            return 0;
        };
        Assert.Contains("what it holds now is not known: take this standard again", await RefusalAsync(4), StringComparison.Ordinal);
        card.Failure = (_, _) => 0;

        inWater = 10;
        Assert.Contains("next is buffer pH 4.00;", (await Assert.ThrowsAsync<ControlRefusedException>(() => DoAsync("end"))).Message, StringComparison.Ordinal);
        Assert.EndsWith("is not what comes next: buffer pH 4.00", await RefusalAsync(10), StringComparison.Ordinal);
        await StandAsync(4);
        await DoAsync("end");
        Assert.Equal([7, 4], Assert.Single(room.Book.Records).Record.AsLeft.Select(reading => Math.Round(reading.Raw, 2)));
        Assert.Equal(2, await ToldAsync());
    }

    /// <summary>A full card takes no record, but lets a file be renamed.</summary>
    [Fact]
    public async Task What_a_full_card_cannot_keep_is_set_aside_and_kept_once_there_is_room()
    {
        await StandAsync(7);
        card.Capacity = 0;
        Start();
        Start();
        Assert.Equal(["broken-off.1"], card.Names);
        Assert.Empty(room.Book.Records);
        Assert.True(room.Book.Of("dut", "ph")!.IsDoubted);
        Assert.True(maintenance.Covers("dut"));
        Assert.Contains("No space left on the card", Assert.Single(room.Book.Troubles), StringComparison.Ordinal);
        Assert.Contains("dut.ph: a calibration was broken off, and its record cannot be kept", await RefusalAsync(7), StringComparison.Ordinal);
        Assert.Equal(1, await ToldAsync());

        card.Capacity = long.MaxValue / 2;
        Assert.Null(runs.Settle());

        Assert.StartsWith("broken off after 1 of 3 standards", Assert.Single(room.Book.Records).Record.Reasons[0], StringComparison.Ordinal);
        Assert.DoesNotContain("broken-off.1", card.Names);
        Assert.Empty(room.Book.Troubles);
        await StandAsync(7);
        await DoAsync("end");
        Start();
        Assert.Equal("refused accepted", Names);
        Assert.False(room.Book.Of("dut", "ph")!.IsDoubted);
    }

    /// <summary>Then there is nothing to write into, so no instrument is told anything.</summary>
    [Fact]
    public async Task What_can_be_neither_kept_nor_moved_is_not_written_over()
    {
        await StandAsync(7);
        card.Failure = (call, _) => SimulatedCard.IsChange(call) ? SimulatedCard.Erofs : 0;
        Start();
        Assert.Contains("dut.ph: a calibration was broken off", await RefusalAsync(7), StringComparison.Ordinal);
        Assert.Equal([CalibrationRunFile.Name], card.Names);

        card.Failure = (call, _) => call == "create" ? SimulatedCard.Eio : 0;
        Assert.Contains("dut.ph: a calibration was broken off", await RefusalAsync(7), StringComparison.Ordinal);
        Assert.Equal(1, await ToldAsync());
        card.Failure = (_, _) => 0;
        Start();
        Assert.Equal("refused", Names);
        Assert.All(card.Names, name => Assert.True(CalibrationFile.IsRecord(name)));
    }

    /// <summary>It may have been any instrument.</summary>
    [Fact]
    public async Task Notes_that_cannot_be_read_put_every_instrument_that_can_be_told_in_doubt_until_it_is_calibrated_anew()
    {
        await StandAsync(7);
        card.BadSector = (name, _) => name is CalibrationRunFile.Name or "broken-off.1";
        Start();

        var record = Assert.Single(room.Book.Records).Record;
        Assert.StartsWith("whether a calibration was broken off before cannot be read: ", record.Reasons[0], StringComparison.Ordinal);
        Assert.True(room.Book.Of("dut", "ph")!.IsDoubted);
        Assert.Contains("broken-off.1, notes of calibrations that were broken off, cannot be read", Assert.Single(room.Book.Troubles), StringComparison.Ordinal);
        card.BadSector = (name, _) => name == "broken-off.1";
        Start();
        Assert.Equal("refused", Names);
        await StandAsync(7);
        await DoAsync("end");
        Assert.Null(runs.Settle());
        Start();
        Assert.Equal("refused accepted", Names);
        Assert.False(room.Book.Of("dut", "ph")!.IsDoubted);
        Assert.Contains("broken-off.1", card.Names);
    }

    [Fact]
    public async Task Notes_that_cannot_be_read_on_a_card_that_takes_nothing_are_a_doubt_all_the_same()
    {
        await StandAsync(7);
        card.BadSector = (name, _) => name == CalibrationRunFile.Name;
        card.Capacity = 0;
        Start();
        Assert.True(room.Book.Of("dut", "ph")!.IsDoubted);
        Assert.Contains(CalibrationRunFile.Name, card.Names);

        card.Capacity = long.MaxValue / 2;
        Assert.Null(runs.Settle());

        Assert.Equal("refused", Names);
        Assert.Contains("broken-off.1", card.Names);
    }

    [Fact]
    public async Task Reading_that_does_not_settle_tells_the_instrument_nothing_and_leaves_nothing()
    {
        var drift = 0.0;
        Use("atlas-ezo-ph", LineKind.I2c, "ph", Measurand.Ph, () => inWater + (drift += 0.03));

        var refusal = await RefusalAsync(7);

        Assert.StartsWith("buffer pH 7.00: its reading does not settle", refusal, StringComparison.Ordinal);
        Assert.EndsWith("; it was told nothing. Its values stay marked for 15 min, or until --back-in-water", refusal, StringComparison.Ordinal);
        Assert.False(runs.Covers("dut"));
        Assert.True(maintenance.Covers("dut"));
        Assert.Equal(0, await ToldAsync());
        Start();
        Assert.Empty(room.Book.Records);
    }

    [Fact]
    public async Task Reading_that_does_not_settle_within_somebody_elses_maintenance_names_no_way_out_that_would_be_refused()
    {
        var drift = 0.0;
        Use("atlas-ezo-ph", LineKind.I2c, "ph", Measurand.Ph, () => inWater + (drift += 0.03));
        maintenance.Begin(new MaintenanceTarget(IsStation: true, "pond-a"), "pump out", "Wang Fang", 1000, TimeSpan.FromHours(2));

        Assert.EndsWith(
            "; it was told nothing. Its values stay marked for 120 min by the maintenance that goes on, as before", await RefusalAsync(7), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Card_that_takes_no_note_keeps_the_instrument_from_being_told()
    {
        card.Failure = (call, _) => call == "create" ? SimulatedCard.Eio : 0;

        Assert.StartsWith("the card does not take a note of it, so the instrument is told nothing", await RefusalAsync(7), StringComparison.Ordinal);
        Assert.Equal(0, await ToldAsync());
        Assert.False(runs.Covers("dut"));

        // And nothing says later that it was.
        card.Failure = (_, _) => 0;
        clocks.Advance(CalibrationRuns.IdleMax);
        runs.BreakOffIdle();
        Assert.Empty(room.Book.Records);
    }

    [Fact]
    public async Task Card_that_fails_when_nobody_goes_on_ends_nothing_and_gets_the_record_later()
    {
        await StandAsync(7);
        card.Failure = (_, _) => SimulatedCard.Eio;
        clocks.Advance(CalibrationRuns.IdleMax);
        runs.BreakOffIdle();
        Assert.Empty(room.Book.Records);
        Assert.True(runs.Covers("dut"));

        card.Failure = (_, _) => 0;
        clocks.Advance(CalibrationRuns.IdleMax);
        runs.BreakOffIdle();
        Assert.False(Assert.Single(room.Book.Records).Record.IsAccepted);
        Assert.False(runs.Covers("dut"));
    }

    [Fact]
    public async Task Device_that_is_set_otherwise_has_its_calibration_broken_off_and_is_calibrated_anew()
    {
        await StandAsync(7);

        await BreakOffAsync();

        Assert.StartsWith(
            "broken off after 1 of 3 standards: the settings of the device changed", Assert.Single(room.Book.Records).Record.Reasons[0], StringComparison.Ordinal);
        Assert.False(runs.Covers("dut"));
        Assert.True(maintenance.Covers("dut"));
        await StandAsync(7);
        await DoAsync("end");
        Assert.Equal("refused accepted", Names);
    }

    /// <summary>Its bus rests: nobody does what is asked for.</summary>
    [Fact]
    public async Task Device_that_is_set_otherwise_while_its_probe_stands_in_a_standard_leaves_nobody_waiting()
    {
        await StandAsync(7);
        await stop.CancelAsync();
        await working;
        inWater = 4;
        var standing = TakeAsync(4);

        await BreakOffAsync();

        Assert.Contains(
            "broken off: the settings of the device changed", (await Assert.ThrowsAsync<ControlRefusedException>(() => standing)).Message, StringComparison.Ordinal);
        Assert.Equal("refused", Names);
        Assert.False(runs.Covers("dut"));
    }

    [Fact]
    public async Task Card_that_fails_when_a_device_is_set_otherwise_gets_the_record_a_minute_later()
    {
        await StandAsync(7);
        card.Failure = (_, _) => SimulatedCard.Eio;
        await BreakOffAsync();
        Assert.True(runs.Covers("dut"));
        Assert.Contains("its record is not kept yet", await RefusalAsync(4), StringComparison.Ordinal);

        card.Failure = (_, _) => 0;
        runs.BreakOffIdle();

        Assert.Equal("refused", Names);
        Assert.False(runs.Covers("dut"));
    }

    /// <summary>The folder does not become durable: nobody knows whether the record is there.</summary>
    [Fact]
    public async Task Record_that_the_card_did_not_let_go_of_loses_no_note_and_holds_nobody_up_once_the_card_works_again()
    {
        await StandAsync(7);
        card.Failure = (call, _) => call == "sync-folder" ? SimulatedCard.Eio : 0;
        Start();
        Assert.Empty(room.Book.Records);
        Assert.NotNull(runs.Settle());
        Assert.True(card.Names.Any(name => name is CalibrationRunFile.Name or "broken-off.1"), string.Join(' ', card.Names));

        card.Failure = (_, _) => 0;
        Assert.Null(runs.Settle());

        Assert.Equal("refused", Names);
        Start();
        Assert.Equal("refused", Names);
        Assert.DoesNotContain("broken-off.1", card.Names);
    }

    /// <summary>However it ends, the probe stands in a standard.</summary>
    [Theory]
    [InlineData("end")]
    [InlineData("abandon")]
    [InlineData("idle")]
    [InlineData("restart")]
    public async Task Device_is_in_maintenance_until_its_probe_can_hang_in_the_water_again(string how)
    {
        await StandAsync(7);
        Assert.False(maintenance.Covers("dut"));
        switch (how)
        {
            case "idle":
                clocks.Advance(CalibrationRuns.IdleMax);
                runs.BreakOffIdle();
                break;
            case "restart":
                Start();
                break;
            default:
                await DoAsync(how);
                break;
        }

        Assert.False(runs.Covers("dut"));
        Assert.Equal(CalibrationRuns.UntilInWater, maintenance.Left("dut"));
        clocks.Advance(TimeSpan.FromMinutes(10));
        Start();
        Assert.Equal(TimeSpan.FromMinutes(5), maintenance.Left("dut"));
        clocks.Advance(TimeSpan.FromMinutes(5));
        Assert.False(maintenance.Covers("dut"));
    }

    [Fact]
    public async Task Probe_that_hangs_in_the_water_again_measures_at_once_and_not_before_the_calibration_is_over()
    {
        await StandAsync(7);
        Assert.Equal(
            "dut.ph is being calibrated by Li; end that first, with --end, or give it up with --abandon",
            (await Assert.ThrowsAsync<ControlRefusedException>(() => DoAsync("water"))).Message);
        await DoAsync("end");
        Assert.True(maintenance.Covers("dut"));

        Assert.Equal("""{"channel":"dut.ph","in_water":"dut","unsaved":null}""", await DoAsync("water"));

        Assert.False(maintenance.Covers("dut"));
        Assert.Equal("device dut is not in maintenance", (await Assert.ThrowsAsync<ControlRefusedException>(() => DoAsync("water"))).Message);
    }

    [Fact]
    public async Task Longer_maintenance_of_the_device_or_its_station_stays_as_it_is()
    {
        maintenance.Begin(new MaintenanceTarget(IsStation: true, "pond-a"), "pump out", "Wang Fang", 1000, TimeSpan.FromHours(2));
        await StandAsync(7);
        await DoAsync("end");

        Assert.Equal("pump out", Assert.Single(maintenance.Current).Period.Reason);
    }

    /// <summary>Whoever is at the pump is not done because a probe hangs in the water again; also after a restart.</summary>
    [Fact]
    public async Task Back_in_the_water_ends_nobody_elses_maintenance_and_the_time_told_is_what_is_left()
    {
        maintenance.Begin(new MaintenanceTarget(IsStation: false, "dut"), "cable", "Wang Fang", 1000, TimeSpan.FromHours(2));
        await StandAsync(7);
        Assert.Contains("\"marked_s\":7200,\"awaits_water\":false", await DoAsync("end"), StringComparison.Ordinal);
        Start();

        var refusal = (await Assert.ThrowsAsync<ControlRefusedException>(() => DoAsync("water"))).Message;

        Assert.Equal(
            "device dut is in maintenance by Wang Fang (cable), not for its calibration; whoever is done with that ends it with pond-gateway maintenance off dut",
            refusal);
        Assert.True(maintenance.Covers("dut"));
        maintenance.End(new MaintenanceTarget(IsStation: false, "dut"), "Wang Fang", 1000);
        await StandAsync(7);
        await DoAsync("end");
        Start();
        await DoAsync("water");
        Assert.False(maintenance.Covers("dut"));
    }

    [Fact]
    public async Task What_comes_next_by_mistake_puts_nothing_in_maintenance()
    {
        await RefusalAsync(5000);

        Assert.False(maintenance.Covers("dut"));
    }

    [Fact]
    public async Task What_holds_no_calibration_says_what_to_do_instead()
    {
        Use("yosemitech-y532", LineKind.Serial, "temperature", Measurand.WaterTemperature);

        Assert.EndsWith("what was read in standards is kept with pond-gateway calibration add", await RefusalAsync(4), StringComparison.Ordinal);
    }

    /// <summary>Power is cut instead of each call of the card in turn, and what was not synced is lost.</summary>
    [Fact]
    public async Task Power_cut_at_every_step_leaves_a_record_that_is_true_or_none()
    {
        HashSet<string> seen = [];
        for (var step = 1; ; step++)
        {
            card = new SimulatedCard { WantsContentBeforeName = true };
            Use("atlas-ezo-ph", LineKind.I2c, "ph", Measurand.Ph);
            card.CutAt = card.Calls + step;
            var isCut = false;
            try
            {
                await StandAsync(7);
                await StandAsync(4);
                await DoAsync("end");
            }
            catch (PowerCutException)
            {
                isCut = true;
            }

            var told = await ToldAsync();
            card.CutPower(new Random(step));
            Start();
            var records = room.Book.Records.Select(stored => stored.Record).ToList();
            Assert.True(records.Count == 1 || (told == 0 && records.Count == 0), $"step {step}: told of {told}, {records.Count} records");
            Assert.All(records, record => Assert.True(record.IsAccepted ? told == 2 : record.Reasons[0].StartsWith("broken off", StringComparison.Ordinal)));
            Assert.All(records, record => Assert.True(record.AsLeft.Count <= told));
            seen.Add(Names);
            Start();
            Assert.Equal(records.Count, room.Book.Records.Count);
            if (!isCut)
            {
                Assert.Equal(["", "accepted", "refused"], seen.Order(StringComparer.Ordinal));
                return;
            }
        }
    }

    /// <summary>Power is cut instead of each call in turn of a start, and of somebody who calibrates again at once, on a card that
    /// takes no record or does not give the notes.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Power_cut_at_every_step_of_a_start_loses_nothing_of_what_was_broken_off(bool isFull)
    {
        for (var step = 1; ; step++)
        {
            card = new SimulatedCard { WantsContentBeforeName = true };
            Use("atlas-ezo-ph", LineKind.I2c, "ph", Measurand.Ph);
            await StandAsync(7);
            await StandAsync(4);
            card.Capacity = isFull ? 0 : card.Capacity;
            card.BadSector = (name, _) => !isFull && name == CalibrationRunFile.Name;
            card.CutAt = card.Calls + step;
            var isCut = false;
            try
            {
                Start();
                await StandAsync(7);
            }
            catch (ControlRefusedException)
            {
                Assert.True(isFull);
            }
            catch (PowerCutException)
            {
                isCut = true;
            }

            card.CutPower(new Random(step));
            (card.Capacity, card.BadSector) = (long.MaxValue / 2, (_, _) => false);
            Start();
            Assert.Single(room.Book.Records, stored => stored.Record.Reasons[0].StartsWith("broken off after 2 of 3 standards", StringComparison.Ordinal));
            Assert.True(room.Book.Of("dut", "ph")!.IsDoubted);
            if (!isCut)
            {
                return;
            }
        }
    }

    private void Use(string model, LineKind kind, string output, Measurand measurand, Func<double>? sense = null)
    {
        bench?.Dispose();
        bench = new TwinBench(model, kind, celsius: output == "conductivity" ? null : 25, sense: () => of => of == measurand ? sense?.Invoke() ?? inWater : 20);
        channel = CalibrationBench.Ph with { Device = "dut", Id = output, Model = model, Output = new SensorOutput(output, measurand) };
        Start();
    }

    // A life of the gateway.
    private void Start()
    {
        room?.Dispose();
        room = CalibrationRoom.Open(card, [channel]);
        var options = new DeviceOptions
        {
            Id = "dut", Station = "pond-a", Bus = "line", Model = channel.Model, Address = 1, Interval = TimeSpan.FromMinutes(1), Channels = [],
        };
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        maintenance = new MaintenanceBook(
            new Dictionary<string, string> { ["dut"] = "pond-a", ["level"] = "pond-a" },
            new MaintenanceFile(new WholeFile(maintenanceCard, "maintenance.json", MaintenanceFile.BytesMax)),
            clock,
            new MaintenanceReport(new RecordSink(log, "zudong", "00000000", witness: null), NullLogger.Instance),
            NullLogger.Instance);
        maintenance.Resume();
        runs = new CalibrationRuns(
            room.Book, room.Running, [new PolledDevice(options, [], bench.Sensor, "here") { Errands = errands }], maintenance, clock, bench.Time,
            NullLogger.Instance);
        runs.Resume();
        if (working.IsCompleted)
        {
            working = WorkAsync();
        }
    }

    private async Task WorkAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            await errands.Come.WaitAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (errands.Take(_ => false) is { } errand)
            {
                await errand.DoAsync(new LoneTurn(bench.Time));
            }
        }
    }

    private Task BreakOffAsync() =>
        runs.BreakOffAsync(new HashSet<string> { "dut" }, "the settings of the device changed", End).WaitAsync(TimeSpan.FromSeconds(60), End);

    // How many standards the circuit says that it holds.
    private async Task<int> ToldAsync()
    {
        var held = await ((ICalibratingSensor)bench.Sensor).AskCalibrationAsync(3, new LoneTurn(bench.Time), End);
        return held.Objections is [var objection] ? objection["the circuit holds ".Length] - '0' : 3;
    }

    private async Task<string> StandAsync(double value)
    {
        inWater = value;
        return await TakeAsync(value);
    }

    private Task<string> TakeAsync(double value) => AskAsync(FormattableString.Invariant(
        $"\"channel\":\"{channel.Name}\",\"do\":\"standard\",\"who\":\"Li\",\"std\":{value},\"temp_c\":22,\"lot\":\"A17\""));

    private Task<string> DoAsync(string what) => AskAsync($"\"channel\":\"{channel.Name}\",\"do\":\"{what}\",\"who\":\"Li\"");

    private async Task<string> RefusalAsync(double value) =>
        (await Assert.ThrowsAsync<ControlRefusedException>(() => TakeAsync(value))).Message;

    private async Task<string> AskAsync(string body, string verb = CalibrationRunVerb.Verb)
    {
        IControlVerb asked = verb == CalibrationRunVerb.Verb ? new CalibrationRunVerb(runs) : new CalibrationStateVerb(runs);
        var answer = await asked.AnswerAsync(
            ControlRequest.Parse(Encoding.UTF8.GetBytes($$$"""{"verb":"{{{verb}}}","body":{{{{body}}}}}"""), 1000), End);
        return JsonLine.Of(answer.Write);
    }
}
