using System.Globalization;
using System.Text.RegularExpressions;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Packages;

/// <summary>The units, in the eyes of systemd.</summary>
public sealed partial class UnitTests
{
    [Theory]
    [InlineData("pond-gateway.service", 2.2)]
    [InlineData("pond-backend.service", 2.2)]
    public async Task Service_is_exposed_no_more_than(string unit, double most)
    {
        var (_, output, error) = await Command.TryAsync(
            "systemd-analyze", "security", "--offline=true", "--no-pager", Checkout.Absolute($"deploy/systemd/{unit}"));
        var level = Level().Match(output);

        Assert.True(level.Success, output + error);
        Assert.True(double.Parse(level.Groups["level"].Value, CultureInfo.InvariantCulture) <= most, output);
    }

    [Fact]
    public async Task Every_unit_is_understood_by_systemd_where_its_programs_are_installed()
    {
        await using var machine = await MachineCopy.MakeAsync();
        var units = Directory.GetFiles(Checkout.Absolute("deploy/systemd")).Select(file => Path.GetFileName(file))
            .Where(name => name.EndsWith(".service", StringComparison.Ordinal) || name.EndsWith(".path", StringComparison.Ordinal))
            .ToList();
        Directory.CreateDirectory(machine.Outside("/usr/lib/pondsentinel"));
        foreach (var unit in units)
        {
            File.Copy(Checkout.Absolute($"deploy/systemd/{unit}"), machine.Outside($"/etc/systemd/system/{unit}"));
        }

        foreach (var program in (string[])["/usr/bin/pond-gateway", "/usr/bin/pond-backend", "/usr/lib/pondsentinel/serve-request"])
        {
            File.Copy(Checkout.Absolute("deploy/systemd/serve-request"), machine.Outside(program), overwrite: true);
        }

        Assert.Equal(5, units.Count);
        var (code, output, error) = await machine.TryAsync(
            ["systemd-analyze", "verify", "--man=no", .. units.Select(unit => unit.Replace("@.", "@reboot.", StringComparison.Ordinal))]);
        Assert.True(code == 0, output + error);
        Assert.DoesNotContain("pond", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Gateway_may_not_write_code_and_may_read_the_clock_of_the_kernel()
    {
        var unit = Checkout.Text("deploy/systemd/pond-gateway.service");

        Assert.Contains("\nMemoryDenyWriteExecute=yes\n", unit, StringComparison.Ordinal);
        Assert.DoesNotContain("\nProtectClock=", unit, StringComparison.Ordinal);
        Assert.EndsWith("adjtimex clock_adjtime @chown", Calls().Matches(unit)[^1].Value, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"Overall exposure level for \S+: (?<level>[0-9.]+)")]
    private static partial Regex Level();

    [GeneratedRegex(@"^SystemCallFilter=.*$", RegexOptions.Multiline)]
    private static partial Regex Calls();
}
