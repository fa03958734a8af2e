using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Tests.Gateway.Configuration;

namespace PondSentinel.Tests.Gateway.Commands;

public sealed class CheckCommandTests
{
    [Fact]
    public void Good_file_is_called_good_and_summed_up() =>
        Assert.Equal(
            (0,
                """
                g.toml: good
                gateway gz-07 at site zudong, 2 stations
                bus rs485: /dev/serial/by-id/usb-adapter, 9600 baud, busy 10 % of the time
                  pond-nh4: probe-nh4, verified on hardware: no, every 10s: nh4n, t
                bus uart: /dev/ttyAMA0, 9600 baud, busy 0.3 % of the time
                  dust: dust-uart, every 1m: pm10
                clock: NTP by way of the kernel, else the backend, else the system's within 1s at boot, by your word
                buffer: /srv/pond/buffer, at most 64MiB, a power cut loses at most 2s
                uplink: broker.example.org, port 8883, receipts from b2

                """),
            Check(TestModels.Good));

    [Fact]
    public void Warning_alone_leaves_the_file_good() =>
        Assert.Equal(
            (0,
                """
                g.toml:26:1: warning: /dev/ttyUSB0 can be another adapter after the next start; use its name under /dev/serial/by-id, or under /dev/serial/by-path where two adapters have one name there
                g.toml: good
                gateway gz-07 at site zudong, 2 stations
                bus rs485: /dev/serial/by-id/usb-adapter, 9600 baud, busy 10 % of the time
                  pond-nh4: probe-nh4, verified on hardware: no, every 10s: nh4n, t
                bus uart: /dev/ttyUSB0, 9600 baud, busy 0.3 % of the time
                  dust: dust-uart, every 1m: pm10
                clock: NTP by way of the kernel, else the backend, else the system's within 1s at boot, by your word
                buffer: /srv/pond/buffer, at most 64MiB, a power cut loses at most 2s
                uplink: broker.example.org, port 8883, receipts from b2

                """),
            Check(TestModels.Good.Replace("/dev/ttyAMA0", "/dev/ttyUSB0", StringComparison.Ordinal)));

    [Fact]
    public void Every_mistake_is_listed_and_the_exit_code_is_two() =>
        Assert.Equal(
            (2,
                """
                g.toml:2:1: id of [gateway] is no name: "GZ"; use 1 to 32 of a-z, 0-9 and -
                g.toml:32:1: model of [device] is not known: "ph"; use one of: dust-uart, probe-nh4
                g.toml:26:1: warning: /dev/ttyACM1 can be another adapter after the next start; use its name under /dev/serial/by-id, or under /dev/serial/by-path where two adapters have one name there
                2 mistakes

                """),
            Check(TestModels.Good
                .Replace("\"gz-07\"", "\"GZ\"", StringComparison.Ordinal)
                .Replace("\"probe-nh4\"", "\"ph\"", StringComparison.Ordinal)
                .Replace("/dev/ttyAMA0", "/dev/ttyACM1", StringComparison.Ordinal)));

    [Theory]
    [InlineData("source = \"auto\"", "NTP by way of the kernel, else the backend")]
    [InlineData(
        "source = \"rtc\"\ndiscipline = \"gps\"\nrtc_error = \"5s\"",
        "GPS by way of the kernel, else the backend, else the battery-backed clock within 5s at boot")]
    public void Whom_the_clock_believes_is_said(string settings, string said) =>
        Assert.Contains(
            $"\nclock: {said}\n",
            Check(TestModels.Good.Replace("source = \"system\"", settings, StringComparison.Ordinal)).Output,
            StringComparison.Ordinal);

    [Fact]
    public void Way_that_is_secured_is_said_and_a_file_that_cannot_be_read_is_a_warning() =>
        Assert.EndsWith(
            """
            uplink: broker.example.org, port 8883, TLS by /nonexistent/ca.pem, receipts from b2
              warning: /nonexistent/ca.pem: no such file

            """,
            Check(TestModels.Good.Replace("port = 8883", "tls = true\nca = \"/nonexistent/ca.pem\"", StringComparison.Ordinal)).Output,
            StringComparison.Ordinal);

    [Fact]
    public void Missing_file_is_one_line_and_exit_code_two()
    {
        using var output = new StringWriter();

        Assert.Equal(2, CheckCommand.Run("/nonexistent/gateway.toml", output));
        Assert.Equal(
            "/nonexistent/gateway.toml: no such file; copy gateway.sample.toml there, or name another with --config FILE\n",
            output.ToString());
    }

    [Fact]
    public void File_cannot_drive_the_terminal()
    {
        var (_, output) = Check(TestModels.Good.Replace("\"gz-07\"", "\"\\u001b[2J\"", StringComparison.Ordinal));

        Assert.DoesNotContain('\u001b', output);
    }

    private static (int Code, string Output) Check(string text)
    {
        using var output = new StringWriter();
        var code = CheckCommand.Report("g.toml", GatewayConfigurationFile.Read("g.toml", text, TestModels.Known), output);
        return (code, output.ToString());
    }
}
