using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Smtp;
using PondSentinel.Backend.Notification.Smtp.Chart;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Notification;

/// <summary>Mails by way of a real server, which is at times busy, silent, or picky.</summary>
public sealed class SmtpTests : IAsyncLifetime
{
    private const string Li = "li@example.org";
    private const string Village = "village@example.org";
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 18, 10, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = TestFolder.Create();
    private readonly FakeTimeProvider time = new();
    private MailServer server = null!;

    public async ValueTask InitializeAsync() => server = await MailServer.StartAsync(folder);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Mail_goes_encrypted_and_named_to_all_and_arrives_whole()
    {
        Assert.Equal(DeliveryResult.Delivered, await DeliverAsync(Channel()));

        var (recipients, mail) = Assert.Single(server.Mails);
        Assert.Equal([Li, Village], recipients);
        Assert.StartsWith("【紧急】pond/stream 铵态氮", mail.Subject, StringComparison.Ordinal);
        Assert.Contains("URGENT: Ammonium (NH4-N)", mail.Subject, StringComparison.Ordinal);
        Assert.Contains("关阀", mail.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("What to do: Close the valve", mail.TextBody, StringComparison.Ordinal);
        Assert.Single(mail.BodyParts, part => part.ContentType.MimeType == "image/png");
        Assert.Equal(["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"], Types(mail.Body!));
        await Screenshots.OfAsync(folder, mail);
    }

    [Fact]
    public async Task Busy_server_is_tried_again_and_nobody_gets_it_twice()
    {
        var channel = Channel();
        server.Tell("busy");
        var busy = await DeliverAsync(channel);
        Assert.Equal((DeliveryStanding.Waiting, "451 try again later"), (busy.Standing, busy.Reason));
        server.Untell("busy");
        Assert.Equal(DeliveryResult.Delivered, await DeliverAsync(channel));
        Assert.Equal(DeliveryResult.Delivered, await DeliverAsync(channel));

        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task Recipient_that_is_refused_for_good_keeps_nobody_else_from_theirs()
    {
        server.Tell($"refuse-{Li}");
        Assert.Equal(DeliveryStanding.Delivered, (await DeliverAsync(Channel())).Standing);
        server.Tell($"refuse-{Village}");
        Assert.Equal(DeliveryStanding.Refused, (await DeliverAsync(Channel())).Standing);

        Assert.Equal([Village], Assert.Single(server.Mails).Recipients);
    }

    [Fact]
    public async Task Recipient_that_is_busy_gets_it_later_and_the_others_once()
    {
        var channel = Channel();
        server.Tell($"later-{Village}");
        server.Tell($"later-{Li}");
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(channel)).Standing);
        server.Untell($"later-{Li}");
        var first = await DeliverAsync(channel);
        Assert.Equal((DeliveryStanding.Waiting, $"{Village}: 450 mailbox is busy", true), (first.Standing, first.Reason, first.IsPartlyTaken));
        server.Untell($"later-{Village}");
        Assert.Equal(DeliveryResult.Delivered, await DeliverAsync(channel));

        Assert.Equal([Li, Village], server.Mails.Select(mail => string.Join(' ', mail.Recipients)));
        Assert.Single(server.Mails.Select(mail => mail.Mail.MessageId).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Recipient_that_is_busy_for_ten_minutes_misses_the_mail_and_holds_up_nobody()
    {
        var channel = Channel();
        server.Tell($"later-{Village}");
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(channel)).Standing);
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(channel, "m2")).Standing);
        time.Advance(TimeSpan.FromMinutes(9.9));
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(channel)).Standing);
        time.Advance(TimeSpan.FromMinutes(0.1));
        var given = await DeliverAsync(channel);
        Assert.Equal((DeliveryStanding.Delivered, $"{Village}: 450 mailbox is busy"), (given.Standing, Assert.Single(given.Missed)));
        Assert.Equal(DeliveryStanding.Delivered, (await DeliverAsync(channel, "m2")).Standing);

        // The next is tried once, and what is taken begins anew.
        Assert.Equal(DeliveryStanding.Delivered, (await DeliverAsync(channel, "m3")).Standing);
        Assert.Equal([Li, Li, Li], server.Mails.Select(mail => string.Join(' ', mail.Recipients)));
        server.Untell($"later-{Village}");
        Assert.Empty((await DeliverAsync(channel, "m4")).Missed);
        server.Tell($"later-{Village}");
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(channel, "m5")).Standing);

        // Where nobody has it, nobody has missed it.
        server.Tell($"later-{Li}");
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(channel, "m6")).Standing);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(channel, "m6")).Standing);
    }

    [Fact]
    public async Task Server_that_falls_silent_is_given_up_after_a_minute()
    {
        server.Tell("hang");
        var delivery = DeliverAsync(Channel());
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(5));
                return delivery.IsCompleted;
            },
            Patience,
            () => "It waits for ever.");

        Assert.Equal(DeliveryStanding.Waiting, (await delivery).Standing);
    }

    [Fact]
    public async Task Wrong_password_an_unknown_authority_and_no_encryption_at_all_keep_the_mail_here()
    {
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(Channel(options => options with { Password = "wrong" }))).Standing);
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(Channel(options => options with { Authority = null }))).Standing);
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(Channel(options => options with { Host = "127.0.0.1" }))).Standing);
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(Channel(options => options with { Tls = SmtpTls.Tls }))).Standing);

        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task Server_that_is_not_there_keeps_the_mail_waiting()
    {
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(Channel(options => options with { Port = FreePort.Next() }))).Standing);
    }

    private static IEnumerable<string> Types(MimeEntity entity) =>
        entity is Multipart parts ? parts.SelectMany(Types).Prepend(entity.ContentType.MimeType) : [entity.ContentType.MimeType];

    private SmtpChannel Channel(Func<SmtpOptions, SmtpOptions>? change = null)
    {
        var options = new SmtpOptions
        {
            Host = "localhost",
            Port = server.Port,
            Authority = server.Authority,
            User = MailServer.User,
            Password = MailServer.Password,
            From = new MailboxAddress("矿区监测", "pond@example.org"),
            To = [new MailboxAddress("Li", Li), new MailboxAddress("村委会", Village)],
            Voice = new Voice([Language.Chinese, Language.English], TimeSpan.FromHours(8)) { Page = PageAddress.Read("https://pond.example.org") },
        };
        return new SmtpChannel(change is null ? options : change(options), _ => PngFile.Write(CurveChart.Draw(Curve())), time, NullLogger<SmtpChannel>.Instance);
    }

    private static Task<DeliveryResult> DeliverAsync(SmtpChannel channel, string id = "m1") => channel.DeliverAsync(
        new AlertMessage { Id = id, Kind = MessageKind.Alert, Site = "pond", Notices = [Notice()], MadeAt = Start.AddMinutes(11) },
        TestContext.Current.CancellationToken);

    internal static AlertNotice Notice() => new()
    {
        Id = "leak.1.1", Episode = "leak.1", Rule = "leak", Phase = NoticeKind.Firing, Severity = Severity.Urgent, Site = "pond", Station = "stream",
        Gateway = "gz-07", Device = "stream-nh4", Channel = "nh4n", Measurand = "ammonium_n_mg_l", Unit = "mg/L as N", Value = 20.4, Peak = 20.4,
        Limit = 15, Clear = 13.5, Side = "above", Since = Start, Time = Start.AddMinutes(10), Summary = "x", StationLabel = "Old bridge", Lat = 24.8162, Lon = 114.98, Grade = "reference", Calibrated = Start.AddDays(-11),
        Text = "Ammonium downstream is above the discharge limit", TextZh = "下游铵态氮超过排放限值", Do = "Close the valve", DoZh = "关阀",
        Standard = "GB 26451-2011", Clause = "Table 2", Flag = QualityFlag.Good, Provisional = true,
    };

    private static CurveContent Curve() => new(
        [
            .. Enumerable.Range(-180, 191).Where(minute => minute is < -60 or > -45).Select(minute => new AlertSample(
                Start.AddMinutes(minute), 2 + (18.4 / (1 + Math.Exp(-(minute + 2) / 4.0))) + (0.2 * Math.Sin(minute)),
                minute == -90 ? QualityFlag.Suspect : QualityFlag.Good)),
        ],
        Limit: 15, Start, Until: null, TimeSpan.FromHours(8));
}
