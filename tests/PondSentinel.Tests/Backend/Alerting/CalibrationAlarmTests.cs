using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Notification;
using PondSentinel.Tests.Backend.Recalculation;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>Calibrations that are due: people are told a week ahead and once they are overdue, once each, and that it is over when one is done.
/// </summary>
public sealed class CalibrationAlarmTests : IDisposable
{
    private static readonly AlertRule[] Rules = [.. BackendRules.All.Where(rule => rule.Measurand == Measurand.CalibrationDays)];

    private readonly AlertBench bench = new(AlertBench.Start, Rules);
    private int records;

    public void Dispose() => bench.Dispose();

    [Fact]
    public void Channel_is_told_of_a_week_ahead_and_when_it_is_overdue_once_each_and_a_calibration_ends_both()
    {
        Describe("ph1");
        Calibrate("ph1", dueInDays: 10);
        Pass(days: 2);
        Assert.Empty(bench.Told);
        Pass(days: 1);
        var first = Assert.Single(bench.Told);
        Assert.Equal(
            ("calibration-due", Severity.Info, "pond", "outlet", "gz-07", "ph1", "ph", 6.0, "d"),
            (first.Rule, first.Severity, first.Site, first.Station, first.Gateway, first.Device, first.Channel, first.Value, first.Unit));
        Assert.StartsWith("Days until the calibration is due at pond/outlet ph1.ph is 6 d, below 7,", first.Summary, StringComparison.Ordinal);
        Assert.Contains("距校准到期天数", first.SummaryZh, StringComparison.Ordinal);

        bench.Restart();
        Pass(days: 5);
        Assert.Single(bench.Told);
        bench.Restart();
        Describe("ph1");
        Pass(days: 2);
        Assert.Equal(["firing calibration-due ph1.ph 6", "firing calibration-overdue ph1.ph -1"], Told());
        Pass(days: 30);
        Assert.Equal(2, bench.Told.Count);

        Calibrate("ph1", dueInDays: 90);
        bench.Wait(minutes: 1);
        Assert.Equal(["cleared calibration-due ph1.ph 89", "cleared calibration-overdue ph1.ph 89"], Told().Skip(2).Order());
    }

    [Fact]
    public void Channel_that_never_was_calibrated_is_due_when_its_gateway_says_so()
    {
        Describe("ph1");
        var due = bench.Time.GetUtcNow().AddDays(2).ToUnixTimeMilliseconds();
        Tell($$"""{"what":"due","channel":"ph","due":{{due}}}""");
        bench.Wait(minutes: 1);
        Assert.Equal(["firing calibration-due ph1.ph 1"], Told());
        bench.Restart();
        Describe("ph1");
        Pass(days: 3);
        Assert.Equal("firing calibration-overdue ph1.ph -1", Told()[^1]);

        Calibrate("ph1", dueInDays: null);
        bench.Wait(minutes: 1);
        Assert.Equal(4, bench.Told.Count);
        Assert.All(bench.Told.Skip(2), notice => Assert.Equal(NoticeKind.Withdrawn, notice.Phase));

        // It has been calibrated once, whatever instrument is there now.
        Describe(["ph1"], serial: "other");
        bench.Wait(minutes: 1);
        Assert.Equal(4, bench.Told.Count);
    }

    /// <summary>What says so by itself or cannot be is none.</summary>
    [Theory]
    [InlineData("""{"what":"due","channel":"ph","id":"c1","due":1}""")]
    [InlineData("""{"what":"damaged","channel":"ph","due":1}""")]
    [InlineData("""{"what":"due","channel":"PH!","due":1}""")]
    [InlineData("""{"what":"due","channel":"ph","due":"soon"}""")]
    [InlineData("""{"what":"due","channel":"ph","due":1e300}""")]
    [InlineData("""{"what":"due","channel":7,"due":1}""")]
    [InlineData("""{"what":"due"}""")]
    [InlineData("[]")]
    public void Event_that_names_no_first_calibration_is_none(string body)
    {
        Describe("ph1");
        Tell(body);
        bench.Wait(minutes: 1);
        Assert.Empty(bench.Told);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Date_that_no_calendar_has_harms_nobody(long due)
    {
        Describe("ph1");
        Tell($$"""{"what":"overdue","channel":"ph","due":{{due}}}""");
        bench.Wait(minutes: 1);
        Assert.Equal(due > 0 ? 0 : 2, bench.Told.Count);
    }

    [Fact]
    public void Refused_calibration_ends_nothing_and_one_without_a_date_is_never_due()
    {
        Describe("ph1", "ph2");
        Calibrate("ph1", dueInDays: -1);
        Calibrate("ph1", dueInDays: 90, refused: "too steep");
        Calibrate("ph2", dueInDays: null);
        bench.Wait(minutes: 1);
        Assert.Equal(["firing calibration-due ph1.ph -2", "firing calibration-overdue ph1.ph -2"], Told());
    }

    [Fact]
    public void Record_of_another_instrument_says_nothing_of_the_one_that_is_there()
    {
        Describe("ph1");
        Calibrate("ph1", dueInDays: -1);
        bench.Wait(minutes: 1);
        Assert.Equal(2, bench.Told.Count);
        Describe(["ph1"], serial: "other");
        bench.Wait(minutes: 1);
        Assert.Equal(2, bench.Told.Count(notice => notice.Phase == NoticeKind.Withdrawn));
    }

    [Fact]
    public void What_was_taken_out_or_down_takes_its_alarms_back_and_what_nobody_describes_keeps_them()
    {
        Describe("ph1", "ph2");
        Calibrate("ph1", dueInDays: -1);
        Calibrate("ph2", dueInDays: -1);
        bench.Wait(minutes: 1);
        Assert.Equal(4, bench.Told.Count);
        bench.Restart();
        bench.Wait(minutes: 1);
        Assert.Equal(4, bench.Told.Count);

        Describe("ph1");
        bench.Wait(minutes: 1);
        Assert.Equal(["withdrawn calibration-due ph2.ph -2", "withdrawn calibration-overdue ph2.ph -2"], Told().Skip(4).Order());

        bench.Execute(FormattableString.Invariant(
            $"INSERT INTO retired_gateway VALUES ('pond', 'gz-07', {bench.Time.GetUtcNow().ToUnixTimeMilliseconds()}, 'Li', '')"));
        bench.Wait(minutes: 1);
        Assert.Equal(["withdrawn calibration-due ph1.ph -2", "withdrawn calibration-overdue ph1.ph -2"], Told().Skip(6).Order());
        bench.Wait(minutes: 5);
        Assert.Equal(8, bench.Told.Count);
    }

    [Fact]
    public void Gateway_that_was_moved_is_told_of_at_its_new_site_alone()
    {
        Describe("ph1");
        Calibrate("ph1", dueInDays: -1);
        bench.Wait(minutes: 1);
        Describe(["ph1"], site: "hill");
        for (var minutes = 0; minutes < 80; minutes += 10)
        {
            bench.Engine.Heard(new GatewayName("hill", "gz-07"));
            bench.Wait(minutes: 10);
        }

        Assert.Equal(
            ["pond Firing", "pond Firing", "hill Firing", "hill Firing", "pond Withdrawn hill", "pond Withdrawn hill"],
            bench.Told.Select(notice => $"{notice.Site} {notice.Phase} {notice.MovedTo}".TrimEnd()));
    }

    /// <summary>A site where nobody has calibrated for years, on the night of an upgrade: one message and its reminders, and one with the digest.
    /// </summary>
    [Fact]
    public void Forty_overdue_channels_are_one_message_and_its_reminders_and_one_in_the_morning()
    {
        string[] probes = [.. Enumerable.Range(1, 40).Select(number => $"ph{number}")];
        Describe(probes);
        foreach (var probe in probes)
        {
            Calibrate(probe, dueInDays: -100);
        }

        bench.Wait(minutes: 1);
        Assert.Equal(80, bench.Told.Count);

        var mail = new ScriptedChannel("mail", ChannelPolicy.ForPeople);
        using var desk = new DeskBench(mail);
        desk.Time.SetUtcNow(AlertBench.Start.AddHours(15)); // 21:00 UTC
        desk.TellAll(bench.Told);
        desk.Advance(TimeSpan.FromHours(10));
        Assert.Equal(["Alert 40 Medium", "Reminder 40 Medium", "Reminder 40 Medium"], Words(mail));
        desk.Advance(TimeSpan.FromHours(1.5));
        Assert.Equal("Digest 40 Info", Words(mail)[^1]);
        Assert.Equal(4, mail.Taken.Count);
    }

    private static List<string> Words(ScriptedChannel channel) =>
        channel.Taken.ConvertAll(message => $"{message.Kind} {message.Notices.Count} {message.Urgency}");

    private List<string> Told() => bench.Told.Select(notice => FormattableString.Invariant(
        $"{notice.Phase.ToString().ToLowerInvariant()} {notice.Rule} {notice.Device}.{notice.Channel} {notice.Value}")).ToList();

    private void Pass(int days)
    {
        for (var hour = 0; hour < 24 * days; hour++)
        {
            bench.Wait(minutes: 60);
        }
    }

    private void Describe(params string[] devices) => Describe(devices, serial: "7");

    private void Describe(string[] devices, string serial = "7", string site = "pond") => bench.Engine.Meta(
        new GatewayName(site, "gz-07"),
        MetaCodec.Encode(
            new MetaMessage
            {
                Gateway = "gz-07",
                Schema = "",
                Devices =
                [
                    .. devices.Select(device => new MetaDevice
                    {
                        Id = device, Station = "outlet", Model = "m", Serial = serial, VerifiedOnHardware = false, Grade = "reference", IntervalMs = 60_000,
                        Channels = [new MetaChannel { Id = "ph", Measurand = Measurand.Ph }, new MetaChannel { Id = "temp", Measurand = Measurand.WaterTemperature }],
                    }),
                ],
            },
            out _));

    private void Calibrate(string device, int? dueInDays, string? refused = null) => bench.Settle(CalibrationEvents.Of(
        new CalibrationRecord
        {
            Id = FormattableString.Invariant($"c{++records}"),
            Device = device,
            Channel = "ph",
            Measurand = Measurand.Ph,
            Model = "m",
            Serial = "7",
            TimeMs = bench.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            By = "li",
            Kind = CalibrationKind.Instrument,
            Celsius = 20,
            Reasons = refused is null ? [] : [refused],
            DueMs = dueInDays is { } days ? bench.Time.GetUtcNow().AddDays(days).ToUnixTimeMilliseconds() : null,
        },
        records));

    private void Tell(string body) => bench.Settle(new EventMessage
    {
        Gateway = "gz-07",
        Epoch = "7q2mzk4a",
        Number = 900,
        TimeMs = bench.Time.GetUtcNow().ToUnixTimeMilliseconds(),
        Clock = new ClockStamp(ClockSource.Ntp, 12),
        Device = "ph1",
        Type = "cal",
        Body = JsonElement.Parse(body),
    });
}
