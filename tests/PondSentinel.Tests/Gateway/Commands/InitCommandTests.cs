using System.CommandLine;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Initial;

namespace PondSentinel.Tests.Gateway.Commands;

public sealed class InitCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("init").FullName;

    private string Config => Path.Combine(folder, "gateway.toml");

    private string Buffer => Path.Combine(folder, "buffer");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Few_answers_make_a_configuration_that_passes_check_and_wrong_ones_are_asked_for_again()
    {
        var (code, output, error) = Run(
            new InitialSettings { Buffer = Buffer },
            "GZ 07", "gz-07", "zudong", "", "ttyUSB0", "/dev/ttyUSB7", "y532", "nosuch@3", "yosemitech-y532@3", "yosemitech-y560@5", "",
            "mqtt://b", "b.example.org", "/etc/tls/ca.pem", "/etc/tls/own.pem", "own.key", "/etc/tls/own.key");

        Assert.Equal(0, code);
        Assert.DoesNotContain("mistake", error, StringComparison.Ordinal);
        Assert.Contains("use 1 to 32 of a-z, 0-9 and -", output, StringComparison.Ordinal);
        Assert.Contains("nosuch is no Modbus probe known here", output, StringComparison.Ordinal);
        var made = GatewayConfigurationFile.Load(Config);
        Assert.Equal([], made.Problems.Select(problem => problem.ToString()));
        var settings = made.Configuration!;
        Assert.Equal(("gz-07", "zudong", "pond-a"), (settings.Id, settings.Site, settings.Stations[0].Id));
        Assert.Equal([("yosemitech-y532", 3L), ("yosemitech-y560", 5L)], settings.Devices.Select(device => (device.Model, device.Address)));
        Assert.Equal("/dev/ttyUSB7", settings.Buses[0].Line.Place);
        Assert.Equal(
            ("b.example.org", "/etc/tls/ca.pem", "/etc/tls/own.pem", "/etc/tls/own.key"),
            (settings.Uplink!.Host, settings.Uplink.Tls!.Authority, settings.Uplink.Tls.Certificate, settings.Uplink.Tls.Key));
    }

    [Fact]
    public void Nothing_that_is_there_is_overwritten()
    {
        File.WriteAllText(Config, "mine");

        var (code, _, error) = Run(Complete);
        Assert.Equal((1, "mine"), (code, File.ReadAllText(Config)));
        Assert.Equal($"{Config} is there already, and init overwrites nothing: change it with pond-gateway apply, or name another with --config\n", error);
    }

    [Fact]
    public void Whoever_goes_away_in_the_middle_leaves_no_file()
    {
        var (code, _, error) = Run(new InitialSettings { Buffer = Buffer }, "gz-07", "zudong");

        Assert.Equal(2, code);
        Assert.EndsWith("nothing is written\n", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void Without_a_terminal_options_say_all_and_what_is_missing_is_told()
    {
        Assert.Equal((2, "nobody is there to ask: say --site, --device\n"), Without(Complete with { Site = null, Devices = [] }));
        Assert.Equal(0, Without(Complete with { Broker = null }).Code);
        Assert.Null(GatewayConfigurationFile.Load(Config).Configuration!.Uplink);
    }

    [Theory]
    [InlineData("ev\"il")]
    [InlineData("x\n[uplink]\nhost = \"evil\"")]
    public void Text_that_is_no_name_makes_no_file(string id)
    {
        var (code, _) = Without(Complete with { Id = id });

        Assert.Equal(2, code);
        Assert.Empty(Directory.GetFiles(folder));
    }

    private InitialSettings Complete => new()
    {
        Id = "gz-07", Site = "zudong", Port = "/dev/ttyUSB0", Devices = ["yosemitech-y532@3"], Broker = "b.example.org", Buffer = Buffer,
    };

    private (int Code, string Output, string Error) Run(InitialSettings settings, params string[] answers)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var input = new StringReader(string.Concat(answers.Select(answer => answer + "\n")));
        var code = InitCommand.Run(Config, settings, input, new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    private (int Code, string Error) Without(InitialSettings settings)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = InitCommand.Run(Config, settings, input: null, new InvocationConfiguration { Output = output, Error = error });
        return (code, error.ToString());
    }
}
