using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.Desk;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Tests.Backend.Web.Access;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Web.Desk;

/// <summary>What was refused, by the page's API: who sees it, and who gives it in once more.</summary>
public sealed class RefusedDeskTests : AccessBench
{
    private const string Today = "2026-07-01", Before = "2026-06-30";
    private static readonly long Start = AlertBench.Start.ToUnixTimeMilliseconds();

    private readonly LetterFolder letters;
    private readonly RefusedFolder messages;

    public RefusedDeskTests()
    {
        (letters, messages) = (new LetterFolder(Bench.Folder), new RefusedFolder(Bench.Folder));
        Bench.Write(transaction => new IngestTables(transaction).Create());
    }

    [Fact]
    public async Task Operator_sees_what_was_refused_by_channel_and_cause_and_by_day_and_gateway_in_their_language()
    {
        Refuse("type", 0, -5, -3);
        Refuse("range", -1);
        Refuse(new FakeTimeProvider(AlertBench.Start.AddDays(-1)), "type", -60);
        KeepWhole(IngestBench.Gateway, settles: Standing.Malformed);
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "li.na", Password);

        using var english = JsonDocument.Parse((await AskAsync(page, "/api/desk/refused", ("Cookie", cookie))).Body);
        using var chinese = JsonDocument.Parse((await AskAsync(page, "/api/desk/refused?lang=zh", ("Cookie", cookie))).Body);

        var values = english.RootElement.GetProperty("letters");
        Assert.Equal([Before, Today], values.GetProperty("days").EnumerateArray().Select(day => day.GetString()));
        Assert.Equal(
            [("type", "another type than the store has for it", 4, Start - (60 * 60_000), Start), ("range", "a time or a number that the store does not take", 1, Start - 60_000, Start - 60_000)],
            values.GetProperty("groups").EnumerateArray().Select(group => (
                group.GetProperty("cause").GetString(), group.GetProperty("words").GetString(), group.GetProperty("count").GetInt32(),
                group.GetProperty("firstMs").GetInt64(), group.GetProperty("lastMs").GetInt64())));
        Assert.Equal("Ammonium (NH4-N)", values.GetProperty("groups")[0].GetProperty("label").GetString());
        var day = Assert.Single(english.RootElement.GetProperty("messages").EnumerateArray());
        Assert.Equal(
            $$"""{"day":"{{Today}}","waits":false,"gateways":[{"gateway":"gz-07","messages":1,"unreadable":0,"standings":[{"token":"malformed","words":"cannot be read","count":3}]}]}""",
            day.GetRawText());
        Assert.Equal("铵态氮（NH4-N）", chinese.RootElement.GetProperty("letters").GetProperty("groups")[0].GetProperty("label").GetString());
        Assert.Contains("无法读取", chinese.RootElement.GetProperty("messages").GetRawText(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(page, "/api/desk/refused?lang=xx", ("Cookie", cookie))).Status);
    }

    [Fact]
    public async Task What_an_operator_hands_over_waits_for_the_backend_and_bears_their_name_and_address()
    {
        Refuse("type", 0);
        KeepWhole(IngestBench.Gateway, settles: Standing.Malformed);
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "li.na", Password);

        Assert.Equal((HttpStatusCode.NoContent, ""), await ChangeAsync(page, cookie, "letters", new { days = new[] { Today }, by = "Somebody Else" }));
        Assert.Equal((HttpStatusCode.NoContent, ""), await ChangeAsync(page, cookie, "messages", new { days = new[] { Today } }));

        Assert.Empty(letters.Days);
        Assert.Single(letters.Waiting);
        Assert.Single(messages.Days);
        Assert.Equal(await File.ReadAllBytesAsync(messages.Days[0], Cancelled), await File.ReadAllBytesAsync(Assert.Single(messages.Waiting), Cancelled));
        var li = new Actor("li.na", AccessWay.Session, "203.0.113.9");
        Assert.Equal(
            [(AuditAct.Resubmitted, li, $"refused/{Today}"), (AuditAct.Resubmitted, li, $"dead-letters/{Today}")],
            Bench.Accounts.Audit(2).Select(entry => (entry.Act, entry.By, entry.Note)));
        Assert.Equal(
            [("resubmitted", "li.na", $"refused/{Today}"), ("resubmitted", "li.na", $"dead-letters/{Today}")],
            new AlarmDesk(Bench.State.Connect, Bench.Time).History(null, 2).Select(entry => (entry.Act.Word, entry.By!, entry.Note)));

        // It says so at once, and a day that waits is not handed over twice.
        using var now = JsonDocument.Parse((await AskAsync(page, "/api/desk/refused", ("Cookie", cookie))).Body);
        Assert.Equal(1, now.RootElement.GetProperty("letters").GetProperty("waitingDays").GetInt32());
        Assert.True(Assert.Single(now.RootElement.GetProperty("messages").EnumerateArray()).GetProperty("waits").GetBoolean());
        var (status, body) = await ChangeAsync(page, cookie, "messages", new { days = new[] { Today } });
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains($"refused/{Today} is being taken in already", body, StringComparison.Ordinal);
        Assert.Single(messages.Waiting);
    }

    [Theory]
    [InlineData("letters", """{"days":["2026-06-01"]}""", 409)]
    [InlineData("letters", """{"days":["../state"]}""", 409)]
    [InlineData("letters", """{"days":["2026-07-01","2026-06-01"]}""", 409)]
    [InlineData("messages", """{"days":["again"]}""", 409)]
    [InlineData("messages", """{"days":[]}""", 409)]
    [InlineData("messages", """{}""", 400)]
    [InlineData("messages", """{"days":[null]}""", 409)]
    [InlineData("messages", """{"days":["2026-07-01"],"archive":true}""", 400)]
    public async Task What_cannot_be_meant_hands_nothing_over_and_is_one_clear_error(string what, string body, int expected)
    {
        Refuse("type", 0);
        KeepWhole(IngestBench.Gateway, settles: Standing.Malformed);
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "li.na", Password);

        var (status, answer) = await ChangeAsync(page, cookie, what, JsonElement.Parse(body));

        Assert.Equal(expected, (int)status);
        using var problem = JsonDocument.Parse(answer);
        Assert.NotEqual("", problem.RootElement.GetProperty("detail").GetString());
        AssertNothingWaits();
    }

    [Theory]
    [InlineData("letters")]
    [InlineData("messages")]
    public async Task What_the_disk_does_not_take_is_not_said_of_the_state_database(string what)
    {
        Refuse("type", 0);
        KeepWhole(IngestBench.Gateway, settles: Standing.Malformed);
        await File.WriteAllTextAsync(letters.Again, "no folder", Cancelled);
        await File.WriteAllTextAsync(messages.Again, "no folder", Cancelled);
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "li.na", Password);

        var (status, body) = await ChangeAsync(page, cookie, what, new { days = new[] { Today } });

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("It cannot be handed over: ", body, StringComparison.Ordinal);
        Assert.Equal((1, 1), (letters.Days.Count, messages.Days.Count));
        Assert.DoesNotContain(Bench.Accounts.Audit(10), entry => entry.Act == AuditAct.Resubmitted);
    }

    [Theory]
    [InlineData("wang", "", "")]
    [InlineData("li.na", "Sec-Fetch-Site", "cross-site")]
    [InlineData("li.na", "Origin", "https://evil.example")]
    [InlineData("li.na", "X-Pond-Token", "0000")]
    public async Task Viewer_and_foreign_page_hand_nothing_over(string name, string header, string value)
    {
        Refuse("type", 0);
        KeepWhole(IngestBench.Gateway, settles: Standing.Malformed);
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, name, Password);
        (string, string)[] headers = header.Length > 0 ? [(header, value)] : [];

        foreach (var what in new[] { "letters", "messages" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await ChangeAsync(page, cookie, what, new { days = new[] { Today } }, headers)).Status);
        }

        Assert.Equal(
            name == "wang" ? HttpStatusCode.Forbidden : HttpStatusCode.OK, (await AskAsync(page, "/api/desk/refused", ("Cookie", cookie))).Status);
        AssertNothingWaits();
    }

    [Fact]
    public void What_is_too_large_is_named_and_not_read_and_what_is_stored_by_now_is_left_out()
    {
        Refuse("type", 0);
        KeepWhole(IngestBench.Gateway, settles: null);
        var length = new FileInfo(Assert.Single(letters.Days)).Length;
        Bench.Time.Advance(TimeSpan.FromDays(1));
        KeepWhole("gz-08", settles: Standing.Site);

        var all = new RefusedReader(Bench.Folder, Bench.State.Connect, Bench.Time).Now;
        var little = new RefusedReader(Bench.Folder, Bench.State.Connect, Bench.Time, length - 1).Now;

        Assert.Equal((1, 0, 1), (all.Letters.Count, all.UnreadDays, all.LetterDays.Count));
        Assert.Equal("2026-07-02", Assert.Single(all.Messages).Day);
        Assert.Equal((0, 1, 1), (little.Letters.Count, little.UnreadDays, little.LetterDays.Count));
    }

    [Fact]
    public void Reader_rests_and_looks_anew_when_something_was_handed_over()
    {
        var reader = new RefusedReader(Bench.Folder, Bench.State.Connect, Bench.Time);
        Assert.Empty(reader.Now.LetterDays);
        Refuse("type", 0);
        Assert.Empty(reader.Now.LetterDays);
        reader.Forget();
        Assert.Single(reader.Now.LetterDays);
        Refuse("type", 1);
        Bench.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(2, reader.Now.Letters[0].Count);
    }

    private void Refuse(string cause, params double[] minutes) => Refuse(Bench.Time, cause, minutes);

    private void Refuse(FakeTimeProvider time, string cause, params double[] minutes) => new DeadLetters(Bench.Folder, time, long.MaxValue).Add(
        [.. minutes.Select(minute => new RefusedPoint(AlertBench.PointOf(minute, 1), cause, "the store says so"))],
        point => new RecordId(point.Epoch, point.Sequence));

    // Three records of it; null: stored by now.
    private void KeepWhole(string gateway, Standing? settles)
    {
        new BatchArchive(Path.Combine(Bench.Folder, RefusedMessages.Folder), Bench.Time).Append(
            [((IngestBench.Live with { Gateway = gateway }).ToString(), BatchCodec.Encode(IngestBench.BatchOf(0, 2) with { Gateway = gateway }))]);
        Bench.Write(transaction =>
        {
            var tables = new IngestTables(transaction);
            var epoch = tables.Enter(gateway, IngestBench.Epoch, IngestBench.Site).Id;
            if (settles is { } standing)
            {
                tables.SettleRefused(epoch, new SequenceRange(0, 2), standing, Start);
            }
            else
            {
                tables.SettleStored(epoch, new SequenceRange(0, 2));
            }
        });
    }

    private void AssertNothingWaits()
    {
        Assert.Empty(letters.Waiting);
        Assert.Empty(messages.Waiting);
        Assert.DoesNotContain(Bench.Accounts.Audit(10), entry => entry.Act == AuditAct.Resubmitted);
    }

    private async Task<(HttpStatusCode Status, string Body)> ChangeAsync(
        WebPage page, string cookie, string what, object body, params (string Name, string Value)[] headers)
    {
        using var me = JsonDocument.Parse((await AskAsync(page, "/api/me", ("Cookie", cookie))).Body);
        var (status, answer, _) = await SendAsync(
            page, $"/api/desk/refused/{what}", JsonContent.Create(body), [("Cookie", cookie), ("X-Pond-Token", me.RootElement.GetProperty("token").GetString()!), .. headers]);
        return (status, answer);
    }
}
