using System.Globalization;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Web;

/// <summary>What was refused, with a real browser at the real program: an operator gives it in once more, and it is stored.</summary>
/// <param name="site">The program, shared by these tests.</param>
public sealed class RefusedPageTests(ClosedSite site) : IClassFixture<ClosedSite>
{
    private const string Gateway = "gz-07", Place = "pond";
    private const int TabKey = 9, SpaceKey = 32, KeysMost = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly DateTimeOffset Measured = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(5);

    private Chromium Browser => site.Browser;

    private string State => Path.Combine(site.Folder, "state");

    [Fact]
    public async Task Operator_gives_refused_values_and_messages_in_once_more_and_they_are_stored_and_audited()
    {
        var epoch = Names.NewEpoch();
        var letter = Letter(epoch);
        LayLetter(letter);
        await LayMessageAsync(Batch(epoch));
        await site.SignInAsync("li.na", ClosedSite.Password, "/");
        var before = Browser.Complaints.Count;
        await Browser.ShowsAsync("!document.getElementById('letters-section').hidden && !document.getElementById('whole-section').hidden", Patience);
        var text = await Browser.EvaluateAsync("document.getElementById('letters').innerText + document.getElementById('whole').innerText");
        Assert.All(
            ["Ammonium (NH4-N)", "1 value", "another type than the store has for it", "the field is an integer", "1 message", "2 records (cannot be read)"],
            part => Assert.Contains(part, text, StringComparison.Ordinal));
        await LooksWellAsync();

        await PressAsync("refused/letters", "letters");
        await Browser.ShowsAsync("document.getElementById('letters-section').hidden", Patience);
        await PressAsync($"refused/{Path.GetFileNameWithoutExtension(Assert.Single(new RefusedFolder(State).Days))}", "whole");
        await Browser.ShowsAsync("document.getElementById('whole-section').hidden", Patience);

        await using var store = new EmbeddedStore(Path.Combine(State, "store.db"));
        var points = await store.ReadAsync(
            SeriesKey.Of(letter.Point), letter.Point.TimeNs - 1, Measured.AddHours(1).ToUnixTimeMilliseconds() * 1_000_000, TestContext.Current.CancellationToken);
        Assert.Equal([2.5, 3, 4], points.Select(point => point.Value!.Value));
        var audit = site.Accounts.Audit(10).Where(entry => entry.Act == AuditAct.Resubmitted).ToList();
        Assert.Equal(["refused", "dead-letters"], audit.Select(entry => entry.Note.Split('/')[0]));
        Assert.All(audit, entry => Assert.Equal(new Actor("li.na", AccessWay.Session, "127.0.0.1"), entry.By));
        Assert.Equal([], Browser.Complaints.Skip(before));
        await site.SignOutAsync();
    }

    [Fact]
    public async Task Viewer_sees_nothing_of_it_and_asks_for_nothing()
    {
        LayLetter(Letter(Names.NewEpoch()));
        await site.SignInAsync("wang", ClosedSite.Password, "/");
        var before = Browser.Complaints.Count;
        await Browser.ShowsAsync("document.body.dataset.role === 'viewer' && document.getElementById('gateways').innerText !== ''", Patience);
        Assert.Equal("true", await Browser.EvaluateAsync("lookRefused().then(() => document.getElementById('letters-section').hidden && document.getElementById('whole-section').hidden)"));
        Assert.Equal([], Browser.Complaints.Skip(before));
        await site.SignOutAsync();
        foreach (var day in new LetterFolder(State).Days)
        {
            File.Delete(day);
        }
    }

    // On a desk and a phone, by day and by night, in both languages, by the rules of axe.
    private async Task LooksWellAsync()
    {
        var axe = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "axe.min.js"), TestContext.Current.CancellationToken);
        foreach (var (isChinese, isPhone, shade) in new[] { (false, false, "light"), (false, true, "dark"), (true, false, "dark"), (true, true, "light") })
        {
            await Browser.ResizeAsync(isPhone ? 360 : 1280, isPhone ? 740 : 900);
            await Browser.ShadeAsync(shade);
            if (await Browser.EvaluateAsync("document.documentElement.lang.startsWith('zh')") != (isChinese ? "true" : "false"))
            {
                await Browser.EvaluateAsync("document.getElementById('language').click()");
            }

            await Browser.ShowsAsync($"document.getElementById('letters').innerText.includes('{(isChinese ? "类型不符" : "another type")}')", Patience);
            var name = string.Create(CultureInfo.InvariantCulture, $"refused-{(isChinese ? "zh" : "en")}-{(isPhone ? "phone" : "desk")}-{shade}");
            Assert.Equal("", await Browser.EvaluateAsync($"(() => {{ {axe} }})(); {PagesTests.Check}"));
            Assert.Equal("false", await Browser.EvaluateAsync("document.documentElement.scrollWidth > innerWidth"));
            await Browser.ScreenshotAsync(Path.Combine(site.Folder, $"{name}.png"), isWhole: true);
        }

        await Browser.EvaluateAsync("document.getElementById('language').click()");
        await Browser.ResizeAsync(1280, 900);
        await Browser.ShowsAsync("document.getElementById('letters').innerText.includes('another type')", Patience);
    }

    // By keyboard alone: to the button, into the dialog, and to its own button.
    private async Task PressAsync(string stays, string name)
    {
        await Browser.EvaluateAsync("document.activeElement?.blur()");
        for (var i = 0; i < KeysMost && await Browser.EvaluateAsync("document.activeElement.dataset.stays ?? ''") != stays; i++)
        {
            await Browser.PressAsync("Tab", TabKey);
        }

        Assert.Equal(stays, await Browser.EvaluateAsync("document.activeElement.dataset.stays"));
        await Browser.PressAsync(" ", SpaceKey);
        await Browser.ShowsAsync("document.getElementById('desk').open && document.activeElement.id === 'desk-do'", Patience);
        await Browser.ScreenshotAsync(Path.Combine(site.Folder, $"refused-ask-{name}.png"));
        await Browser.PressAsync(" ", SpaceKey);
        await Browser.ShowsAsync("!document.getElementById('desk').open", Patience);
    }

    private void LayLetter(DeadLetter letter) => new DeadLetters(State, TimeProvider.System, long.MaxValue).Add(
        [new RefusedPoint(letter.Point, letter.Cause, letter.Detail)], _ => letter.Record);

    // As an earlier version left it that could not read it.
    private async Task LayMessageAsync(Batch batch)
    {
        new BatchArchive(Path.Combine(State, RefusedMessages.Folder), TimeProvider.System).Append(
            [(new Topic(Place, Gateway, TopicKind.DataBack).ToString(), BatchCodec.Encode(batch))]);
        await using var connection = new StateDatabase(Path.Combine(State, "state.db")).Connect();
        await using var transaction = connection.BeginTransaction();
        var tables = new IngestTables(transaction);
        tables.Create();
        tables.SettleRefused(tables.Enter(Gateway, batch.Epoch, Place).Id, batch.Range, Standing.Malformed, Measured.ToUnixTimeMilliseconds());
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
    }

    private static DeadLetter Letter(string epoch)
    {
        var ms = Measured.ToUnixTimeMilliseconds();
        return new DeadLetter(ms, new RecordId(epoch, 7), "type", "the field is an integer", new Point
        {
            Measurand = Measurand.AmmoniumNitrogen, Site = Place, Station = "stream", Gateway = Gateway, Device = "nh4", Channel = "nh4n",
            TimeNs = Point.KeyNs(ms, 7), Epoch = epoch, Sequence = 7, Clock = ClockSource.Ntp, Value = Value(2.5),
        });
    }

    private static Batch Batch(string epoch) => new()
    {
        Gateway = Gateway, Epoch = epoch, Range = new SequenceRange(8, 9), Schema = "9f3c01d2", Clock = new ClockStamp(ClockSource.Ntp, 12),
        Records =
        [
            .. new[] { 3.0, 4.0 }.Select((value, i) => new DeviceRecord
            {
                Sequence = 8 + i, TimeMs = Measured.AddMinutes(1 + i).ToUnixTimeMilliseconds(), Station = "stream", Device = "nh4", Channels = [Value(value)],
            }),
        ],
    };

    private static ChannelValue Value(double value) =>
        new() { Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Value = value, Flag = QualityFlag.Good };
}
