using System.Text.Json;
using System.Text.Json.Nodes;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Diagnosis;

namespace PondSentinel.Tests.Gateway.Commands;

/// <summary>How a watched gateway is shown.</summary>
public sealed class StatusWatchTests
{
    private const string Body =
        """
        {"gateway":"gz-07","software":"pond-gateway 1.0.0","uptime_s":90061,"clock":"ntp","time_ms":1790000000123,"time_err_ms":12,
        "epoch":"a","unsettled":7,"oldest_unsettled_ms":1789990000000,"buffer_bytes":2097152,"buffer_bytes_max":536870912,"lost":{"full":3},
        "fault":null,"process":1,"uplink":{"up":false,"connects":2,"failure":"no route"},
        "devices":[{"device":"pond-ph","bus":"rs485","polls":12,"failed":1,"spared":0,"missed":0,"age_s":5,
        "fault":"no-answer","detail":"no answer within 500 ms","hint":"check the supply, A/B polarity and the address at bus rs485 (/dev/ttyUSB0) address 3",
        "hint_zh":"bus rs485 (/dev/ttyUSB0) address 3：检查电源、A/B 极性和地址",
        "values":[{"channel":"pond-ph.ph","x":7.0123456,"unit":"pH","m":"ph","flag":"suspect","why":["spike"]},
        {"channel":"pond-ph.temperature","x":null,"unit":"°C","m":"water_temperature_c","flag":"missing","why":["no-answer"]}]},
        {"device":"never","bus":"rs485","polls":0,"failed":0,"spared":0,"missed":0}]}
        """;

    private static readonly StatusWords English = new(Language.English);
    private static readonly StatusWords Chinese = new(Language.Chinese);

    [Fact]
    public void Every_line_of_it_fits_a_phone_in_both_languages()
    {
        Assert.Equal(
            """
            gz-07: pond-gateway 1.0.0, runs for 1.01:01:01
            clock: 2026-09-21T14:13:20Z by ntp, within 12 ms
            buffer: 7 records not settled, the oldest 2 h ago; 2MiB of 512MiB
              lost 3: full
            link: down: no route
            pond-ph: 12 polls, 1 failed
              pond-ph.ph               7.0123 pH          suspect: spike, 5 s ago
              pond-ph.temperature      no value           missing: no-answer, 5 s ago
              no-answer: no answer within 500 ms
              check the supply, A/B polarity and the address at bus rs485 (/dev/ttyUSB0)
                address 3
            never: 0 polls, 0 failed
            """.Split('\n'),
            Lines(English, 80));
        Assert.Equal(
            """
            gz-07：pond-gateway 1.0.0，已运行 1.01:01:01
            时钟：2026-09-21T14:13:20Z，由 ntp 校准，误差 12 ms 以内
            缓冲：7 条记录未确认，最早为 2 小时前；2MiB / 512MiB
              已丢失 3 条：full
            连接：断开：no route
            pond-ph：轮询 12 次，失败 1 次
              pond-ph.ph               7.0123 pH          可疑: spike, 5 秒前
              pond-ph.temperature      无数值             缺测: no-answer, 5 秒前
              no-answer: no answer within 500 ms
              bus rs485 (/dev/ttyUSB0) address 3：检查电源、A/B 极性和地址
            never：轮询 0 次，失败 0 次
            """.Split('\n'),
            Lines(Chinese, 80));

        // One word may be longer than a narrow terminal.
        foreach (var columns in (int[])[20, 40, 80])
        {
            Assert.All(
                Lines(Chinese, columns).Concat(Lines(English, columns)),
                line => Assert.InRange(Columns.Of(line), 0, line.TrimStart().Contains(' ', StringComparison.Ordinal) ? columns : 80));
        }
    }

    [Fact]
    public void Picture_is_drawn_over_the_last_one_and_is_no_larger_than_the_terminal()
    {
        using var terminal = new StringWriter();
        var size = (Columns: 200, Lines: 40);
        var view = new StatusScreenView(new TerminalScreen(terminal, () => size), English, 2);

        view.Show(JsonElement.Parse(Body));
        Assert.StartsWith("\u001b[H\u001b[Jgz-07: pond-gateway 1.0.0, runs for 1.01:01:01\u001b[K\n", terminal.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\u001b[J", terminal.ToString(), StringComparison.Ordinal);
        Assert.All(terminal.ToString().Split('\n'), line => Assert.InRange(line.Replace("\u001b[K", "", StringComparison.Ordinal).Length, 0, 86));

        terminal.GetStringBuilder().Clear();
        size = (80, 6);
        view.Show(JsonElement.Parse(Body));
        var lines = terminal.ToString().Split('\n');
        Assert.Equal((6, "... 8 more lines: pond-gateway status shows all\u001b[K"), (lines.Length, lines[^2]));
        Assert.DoesNotContain("\u001b[H\u001b[J", terminal.ToString(), StringComparison.Ordinal);

        // Behind a serial line a terminal does not say how large it is.
        terminal.GetStringBuilder().Clear();
        size = (0, 0);
        view.Show(JsonElement.Parse(Body));
        Assert.Contains("\n  pond-ph.temperature      no value           missing: no-answer, 5 s ago\u001b[K\n", terminal.ToString(), StringComparison.Ordinal);

        terminal.GetStringBuilder().Clear();
        view.ShowFailure("pond-gateway does not run: \u001b]0;owned\u0007");
        Assert.Equal(
            "\u001b[Hpond-gateway does not run: ?]0;owned?\u001b[K\ntrying again every 2 s; Ctrl-C ends\u001b[K\n\u001b[J", terminal.ToString());
    }

    [Fact]
    public void Without_a_terminal_it_is_lines_and_a_reason_is_said_once()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var view = new StatusTextView(output, error, English, 5);

        view.ShowFailure("nobody");
        view.ShowFailure("nobody");
        view.Show(JsonElement.Parse(Body));
        view.ShowFailure("nobody");
        view.Show(JsonElement.Parse(Body));

        var block = string.Concat(Lines(English, 80).Select(line => $"{line}\n"));
        Assert.Equal($"{block}\n{block}", output.ToString());
        const string said = "nobody\ntrying again every 5 s; Ctrl-C ends\n";
        Assert.Equal(said + said, error.ToString());

        output.GetStringBuilder().Clear();
        var json = new StatusJsonView(output);
        json.ShowFailure("no\nbody");
        json.Show(JsonElement.Parse("{\"a\":1}"));
        Assert.Equal("{\"error\":\"no\\nbody\"}\n{\"a\":1}\n", output.ToString());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("61")]
    [InlineData("2.5")]
    [InlineData("soon")]
    public async Task Interval_that_is_none_is_misuse(string seconds)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(ExitCode.Misuse, await GatewayCommandLine.InvokeAsync(["status", "--watch", seconds], output, error));
        Assert.Contains($"--watch takes 1 to 60 seconds, not {seconds}", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(420, "certificate: 420 days left", "证书：剩余 420 天")]
    [InlineData(1, "certificate: 1 day left", "证书：剩余 1 天")]
    [InlineData(-2, "certificate: ended 2 days ago; have it renewed: deploy/pki/README.md", "证书：已到期 2 天，请续期：deploy/pki/README.md")]
    public void Certificate_of_the_link_says_for_how_long_it_is_good(int days, string english, string chinese)
    {
        var body = JsonElement.Parse(Body.Replace("\"connects\":2,", FormattableString.Invariant($"\"connects\":2,\"certificate_days\":{days},"), StringComparison.Ordinal));
        Assert.Contains(english, StatusLines.Of(body, English, 200));
        Assert.Contains(chinese, StatusLines.Of(body, Chinese, 200));
    }

    [Theory]
    [InlineData(20, 6, 40, "  the backend's clock says the same within 46 ms", "  与后端时钟一致，误差 46 ms 以内")]
    [InlineData(90, 6, 40, "  90 ms ahead of the backend's clock, within 46 ms: one of the two is off", "  比后端时钟快 90 ms（误差 46 ms 以内）：两者之一不准")]
    public void Clocks_are_said_to_differ_where_neither_may_be_wrong_by_so_much(int off, int within, int own, string english, string chinese)
    {
        var status = JsonNode.Parse(Body)!.AsObject();
        (status["backend_off_ms"], status["backend_off_err_ms"], status["time_err_ms"]) = (off, within, own);
        var body = JsonElement.Parse(status.ToJsonString());
        Assert.Contains(StatusLines.Of(body, English, 250), line => line.StartsWith(english, StringComparison.Ordinal));
        Assert.Contains(StatusLines.Of(body, Chinese, 250), line => line.StartsWith(chinese, StringComparison.Ordinal));
    }

    private static IReadOnlyList<string> Lines(StatusWords words, int columns) => [.. StatusLines.Of(JsonElement.Parse(Body), words, columns)];
}
