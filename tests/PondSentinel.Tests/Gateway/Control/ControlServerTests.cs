using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Time;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Control;

/// <summary>The control socket, over real sockets of this machine.</summary>
public sealed class ControlServerTests : IAsyncLifetime
{
    private const uint Root = 0;
    private const uint Li = 1000;
    private const uint Wang = 1001;
    private const uint Zhao = 1002;

    private static readonly string Uid = File.ReadAllLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("pond-control-");
    private readonly FakeTimeProvider time = new();
    private readonly TestClocks machine = new();
    private readonly MemoryLog buffer = new();
    private readonly TestJournal journal = new();
    private readonly CancellationTokenSource stop = new();
    private readonly List<Socket> peers = [];
    private readonly ConcurrentQueue<uint> callers = new();
    private readonly SemaphoreSlim waitingNow = new(0);
    private readonly TaskCompletionSource waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task serving = Task.CompletedTask;
    private Action beforeAdmission = () => { };

    private static string[] Refused => ["""{"ok":false,"error":"all callers that are served at once wait for an answer; try again in a minute"}""", "closed"];

    private string Place => Path.Combine(root.FullName, "control.sock");

    private static CancellationToken End => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        peers.ForEach(peer => peer.Dispose());
        await stop.CancelAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        stop.Dispose();
        waitingNow.Dispose();
        root.Delete(recursive: true);
    }

    [Fact]
    public void Nobody_but_its_owner_and_their_group_may_connect_and_nothing_is_left_of_it()
    {
        Serve();

        Assert.Equal("660", Convert.ToString((int)new FileInfo(Place).UnixFileMode, 8));
        stop.Cancel();
        Assert.True(SpinWait.SpinUntil(() => !Path.Exists(Place), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Requests_are_answered_in_order_however_their_bytes_are_cut()
    {
        Serve();
        using var peer = Connect();
        var bytes = """
            {"verb":"echo","body":{"text":"a"}}
            {"verb":"echo","body":{"text":"b"}}

            """u8.ToArray();
        for (var i = 0; i < bytes.Length; i++)
        {
            peer.Send(bytes, i, 1, SocketFlags.None);
        }

        peer.Send([.. bytes, .. bytes]);
        Assert.Equal(
            ["a", "b", "a", "b", "a", "b"],
            (await LinesAsync(peer, 6)).Select(line => line.Replace("{\"ok\":true,\"body\":{\"text\":\"", "", StringComparison.Ordinal)[..1]));
        Assert.Empty(buffer.Events);
    }

    [Theory]
    [InlineData("", "this is no request: not JSON after byte 0; send {\"verb\":\"status\"} or the like, one a line")]
    [InlineData("\"status\"", "this is no request: not a JSON object; send {\"verb\":\"status\"} or the like, one a line")]
    [InlineData("{\"verb\":\"echo\",\"verb\":\"echo\"}", "this is no request: member verb twice in one object; send {\"verb\":\"status\"} or the like, one a line")]
    [InlineData("{\"verb\":7}", "verb must be a text of 1 to 32 characters")]
    [InlineData("{\"body\":{}}", "verb is missing")]
    [InlineData("{\"verb\":\"echo\",\"body\":[]}", "body must be an object")]
    [InlineData("{\"verb\":\"halt\"}", "this gateway does not know halt; it knows break, change, echo, hold, wait")]
    [InlineData("{\"verb\":\"echo\"}", "text is missing")]
    [InlineData("{\"verb\":\"echo\",\"body\":{\"text\":\"\"}}", "text must be a text of 1 to 9 characters")]
    [InlineData("{\"verb\":\"echo\",\"body\":{\"text\":\"a\",\"count\":1.5}}", "count must be a whole number from 0 to 9")]
    [InlineData("{\"verb\":\"break\"}", "break failed inside the gateway: its journal says how")]
    public async Task What_cannot_be_done_is_said_in_one_line_and_the_next_request_is_served(string request, string error)
    {
        Serve();
        using var peer = Connect();
        peer.Send(Encoding.UTF8.GetBytes($"{request}\n{{\"verb\":\"echo\",\"body\":{{\"text\":\"on\"}}}}\n"));

        var lines = await LinesAsync(peer, 2);

        using var answer = JsonDocument.Parse(lines[0]);
        Assert.Equal((false, error), (answer.RootElement.GetProperty("ok").GetBoolean(), answer.RootElement.GetProperty("error").GetString()));
        Assert.Equal("""{"ok":true,"body":{"text":"on"}}""", lines[1]);
    }

    [Fact]
    public async Task Line_without_an_end_is_refused_and_the_connection_closed()
    {
        Serve();
        using var peer = Connect();
        var endless = new byte[ControlRequest.BytesMax + 1];
        endless.AsSpan().Fill((byte)'{');
        peer.Send(endless);

        Assert.Equal(["""{"ok":false,"error":"a line has at most 65536 bytes"}""", "closed"], await LinesAsync(peer, 2));
    }

    [Fact]
    public async Task Whatever_bytes_come_the_next_one_who_asks_is_served()
    {
        Serve();
        Gen.Byte.Array[0, 400].Sample(
            bytes =>
            {
                using var peer = Connect();
                peer.Send(bytes);
                peer.Shutdown(SocketShutdown.Both);
            },
            iter: 300,
            threads: 1);

        using var next = Connect();
        next.Send("{\"verb\":\"echo\",\"body\":{\"text\":\"on\"}}\n"u8);
        Assert.Equal(["""{"ok":true,"body":{"text":"on"}}"""], await LinesAsync(next, 1));
        Assert.False(serving.IsCompleted);
    }

    [Fact]
    public async Task Whoever_comes_gets_the_place_of_the_own_peer_that_has_been_silent_longest()
    {
        Serve();
        for (var i = 0; i < ControlServer.PlacesOfUser; i++)
        {
            await EchoAsync(Connect(Li));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await EchoAsync(Connect(Li));

        Assert.Equal(["closed"], await LinesAsync(peers[0], 1));
        await EchoAsync(peers[1]);
    }

    [Fact]
    public async Task Where_all_have_too_many_the_one_who_has_most_gives_a_place_and_root_none()
    {
        Serve();
        var root = Connect(Root);
        await EchoAsync(root);
        var wang = Connect(Wang);
        await EchoAsync(wang);
        time.Advance(TimeSpan.FromSeconds(1));
        uint[] others = [.. Enumerable.Repeat(Li, ControlServer.PlacesOfUser), .. Enumerable.Repeat(Zhao, ControlServer.PlacesOfUser - 1)];
        foreach (var uid in others)
        {
            await EchoAsync(Connect(uid));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await EchoAsync(Connect(Wang));

        // The oldest of Li's six, and not that of Wang, which is older still.
        Assert.Equal(["closed"], await LinesAsync(peers[2], 1));
        await EchoAsync(wang);
        await EchoAsync(root);
    }

    [Fact]
    public async Task Peer_that_says_nothing_is_let_go_after_the_patience()
    {
        Serve();
        var peer = Connect();
        peer.Send("{"u8);
        var gone = LinesAsync(peer, 1);
        while (!gone.IsCompleted)
        {
            // The server begins to be patient at its own pace, and has to have read what was sent before it loses patience: else the
            // peer hears of a reset.
            time.Advance(ControlConversation.Patience / 10);
            await Task.WhenAny(gone, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, End));
        }

        Assert.Equal(["closed"], await gone);
    }

    [Fact]
    public async Task Who_keeps_all_places_busy_is_told_to_come_again_and_keeps_nobody_else_out()
    {
        Serve();
        await WaitAsync(Li, ControlServer.PlacesOfUser);
        Assert.Equal(Refused, await LinesAsync(Connect(Li), 2));
        await EchoAsync(Connect(Wang));
        await EchoAsync(Connect(Root));

        await WaitAsync(Wang, ControlServer.PlacesOfUser);
        Assert.Equal(Refused, await LinesAsync(Connect(Zhao), 2));
        await WaitAsync(Root, ControlServer.PlacesOfUser);
        Assert.Equal(Refused, await LinesAsync(Connect(Root), 2));

        goOn.SetResult();
    }

    /// <summary>What is no request is no order that anybody waits for: it gives its place away at any time.</summary>
    [Fact]
    public async Task Peers_that_send_no_requests_keep_no_places()
    {
        Serve();
        for (var i = 0; i < 4 * ControlServer.PlacesOfUser; i++)
        {
            Connect(Li).Send("garbage\nmore\n{\"verb\":\n"u8);
        }

        await EchoAsync(Connect(Li));
    }

    /// <summary>An answer is computed while its thread is held; the next caller is served meanwhile.</summary>
    [Fact]
    public async Task However_long_an_answer_takes_the_next_caller_is_taken()
    {
        // What is asked is there before the server looks at the connection.
        using var isSent = new ManualResetEventSlim();
        beforeAdmission = () => isSent.Wait(TimeSpan.FromSeconds(60), End);
        Serve();
        Connect(Li).Send("{\"verb\":\"hold\"}\n"u8);
        isSent.Set();
        await waiting.Task.WaitAsync(TimeSpan.FromSeconds(60), End);

        await EchoAsync(Connect(Wang));

        goOn.SetResult();
    }

    [Fact]
    public async Task Place_that_takes_nobody_holds_up_no_start()
    {
        using var full = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        full.Bind(new UnixDomainSocketEndPoint(Place));
        full.Listen(0);
        var callers = new List<Socket>();
        try
        {
            // Until the kernel takes no more.
            for (var isTaken = true; isTaken;)
            {
                var caller = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
                callers.Add(caller);
                isTaken = Record.Exception(() => caller.Connect(new UnixDomainSocketEndPoint(Place))) is null;
            }

            var failure = await Assert.ThrowsAsync<IOException>(() => Task.Run(() => ControlSocketFile.Listen(Place, "", out _), End))
                .WaitAsync(TimeSpan.FromSeconds(60), End);
            Assert.Equal("another process listens there", failure.Message);
        }
        finally
        {
            callers.ForEach(caller => caller.Dispose());
        }
    }

    [Fact]
    public async Task Change_is_audited_with_its_user_whether_it_was_done_or_refused_and_beyond_six_an_hour_counted()
    {
        Serve();
        using var peer = Connect();
        peer.Send("{\"verb\":\"change\",\"body\":{\"text\":\"ph\"}}\n{\"verb\":\"change\"}\n"u8);
        await LinesAsync(peer, 2);

        Assert.Equal(
            [
                ("audit", "ph", $$"""{"what":"control","verb":"change","uid":{{Uid}},"done":true}"""),
                ("audit", null, $$"""{"what":"control","verb":"change","uid":{{Uid}},"done":false,"refusal":"text is missing"}"""),
            ],
            buffer.Events.Select(happening => (happening.Type, happening.Device, Encoding.UTF8.GetString(happening.Body.Span))));
        Assert.Equal(
            [$"control: user {Uid}: change: done", $"control: user {Uid}: change: refused: text is missing"],
            journal.Lines.TakeLast(2));

        for (var i = 0; i < 7; i++)
        {
            peer.Send("{\"verb\":\"change\"}\n"u8);
        }

        await LinesAsync(peer, 7);
        Assert.Equal(7, buffer.Events.Count);

        // What was refused uses up nothing of what is done.
        peer.Send("{\"verb\":\"change\",\"body\":{\"text\":\"ph\"}}\n"u8);
        await LinesAsync(peer, 1);
        Assert.Equal("ph", buffer.Events[7].Device);
        machine.Advance(TimeSpan.FromHours(1));
        peer.Send("{\"verb\":\"change\"}\n"u8);
        await LinesAsync(peer, 1);
        Assert.EndsWith("\"refusal\":\"text is missing\",\"count\":2}", Encoding.UTF8.GetString(buffer.Events[8].Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_process_left_is_replaced()
    {
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(Place));
            File.Move(Place, Place + ".moved");
        }

        File.Move(Place + ".moved", Place);
        Serve();
        using var peer = Connect();
        peer.Send("{\"verb\":\"echo\",\"body\":{\"text\":\"on\"}}\n"u8);
        Assert.Equal(["""{"ok":true,"body":{"text":"on"}}"""], await LinesAsync(peer, 1));
    }

    [Fact]
    public void What_is_no_remains_is_left_alone_and_the_gateway_goes_on()
    {
        File.WriteAllText(Place, "precious");
        Serve();

        Assert.Equal("precious", File.ReadAllText(Place));
        Assert.False(serving.IsCompleted);
        Assert.StartsWith($"control: no orders can be given to this gateway: {Place}: something else is in the way", journal.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_server_leaves_the_place_to_the_first()
    {
        Serve();
        using var second = new CancellationTokenSource();
        var other = Server().RunAsync(second.Token);

        Assert.StartsWith($"control: no orders can be given to this gateway: {Place}: another process listens there", journal.Lines[^1], StringComparison.Ordinal);
        await second.CancelAsync();
        await other;
        Assert.True(Path.Exists(Place));
    }

    [Fact]
    public void Group_is_found_among_those_of_the_machine_and_its_absence_is_no_fault()
    {
        using (ControlSocketFile.Listen(Place, "root:x:0:\npondering:x:7:\n", out var warning))
        {
            Assert.Null(warning);
        }

        // Nobody may give a file away to every group; root may.
        using (ControlSocketFile.Listen(Place, "pond:x:64999:\n", out var warning))
        {
            Assert.Equal(Uid == "0", warning is null);
        }
    }

    private void Serve() => serving = Server().RunAsync(stop.Token);

    private ControlServer Server()
    {
        var clock = new GatewayClock(machine, machine, new ClockOptions { Source = ClockPolicy.System });
        var audit = new ControlAudit(new RecordSink(buffer, "zudong", "00000000", witness: null), clock, journal);
        return new ControlServer(
            new ControlOptions { Socket = Place }, new ControlDesk([new Echo(), new Change(), new Broken(), new Wait(this), new Hold(this)], audit, journal), time, journal,
            socket =>
            {
                beforeAdmission();
                return callers.TryDequeue(out var uid) ? uid : ControlPeer.Uid(socket);
            });
    }

    // Callers are taken in the order in which they came.
    private Socket Connect(uint uid)
    {
        callers.Enqueue(uid);
        return Connect();
    }

    private static async Task EchoAsync(Socket peer)
    {
        peer.Send("{\"verb\":\"echo\",\"body\":{\"text\":\"on\"}}\n"u8);
        Assert.Equal(["""{"ok":true,"body":{"text":"on"}}"""], await LinesAsync(peer, 1));
    }

    private async Task WaitAsync(uint uid, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Connect(uid).Send("{\"verb\":\"wait\"}\n"u8);
        }

        for (var i = 0; i < count; i++)
        {
            Assert.True(await waitingNow.WaitAsync(TimeSpan.FromSeconds(60), End));
        }
    }

    private Socket Connect()
    {
        var peer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        peers.Add(peer);
        peer.Connect(new UnixDomainSocketEndPoint(Place));
        return peer;
    }

    private static async Task<List<string>> LinesAsync(Socket peer, int count)
    {
        using var reader = new StreamReader(new NetworkStream(peer, ownsSocket: false), leaveOpen: false);
        List<string> lines = [];
        while (lines.Count < count)
        {
            var line = await reader.ReadLineAsync(End).AsTask().WaitAsync(TimeSpan.FromSeconds(60), End);
            lines.Add(line ?? "closed");
        }

        return lines;
    }

    private sealed class Echo : IControlVerb
    {
        public string Name => "echo";

        public bool Changes => false;

        public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
        {
            var text = request.Text("text", 9);
            request.OptionalInteger("count", 0, 9);
            return ValueTask.FromResult(new ControlAnswer(json => json.WriteString("text", text)));
        }
    }

    private sealed class Change : IControlVerb
    {
        public string Name => "change";

        public bool Changes => true;

        public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new ControlAnswer(static _ => { }) { Device = request.Text("text", 9) });
    }

    private sealed class Wait(ControlServerTests test) : IControlVerb
    {
        public string Name => "wait";

        public bool Changes => false;

        public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
        {
            test.waitingNow.Release();
            await test.goOn.Task.WaitAsync(cancellationToken);
            return new ControlAnswer(static _ => { });
        }
    }

    private sealed class Hold(ControlServerTests test) : IControlVerb
    {
        public string Name => "hold";

        public bool Changes => false;

        public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
        {
            test.waiting.TrySetResult();
            test.goOn.Task.Wait(TimeSpan.FromSeconds(60), cancellationToken);
            return ValueTask.FromResult(new ControlAnswer(static _ => { }));
        }
    }

    private sealed class Broken : IControlVerb
    {
        public string Name => "break";

        public bool Changes => false;

        public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("a mistake");
    }
}
