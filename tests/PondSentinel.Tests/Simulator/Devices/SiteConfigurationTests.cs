using PondSentinel.Gateway.Configuration;
using PondSentinel.Simulator.Devices;

namespace PondSentinel.Tests.Simulator.Devices;

public sealed class SiteConfigurationTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(150)]
    public void Gateway_takes_it_without_a_word(double speed)
    {
        var loaded = Read(speed);
        Assert.Empty(loaded.Problems);
        Assert.Empty(loaded.Warnings);
        Assert.NotNull(loaded.Configuration);
    }

    [Fact]
    public void Every_device_of_the_site_is_asked_at_its_own_address_once_a_simulated_minute()
    {
        var configuration = Read(speed: 60).Configuration!;
        Assert.Equal(
            SiteLayout.Lines.SelectMany(line => line.Devices.Select(device => (device.Id, device.Station, line.Id, (long)device.Address))),
            configuration.Devices.Select(device => (device.Id, device.Station, device.Bus, device.Address)));
        Assert.All(configuration.Devices, device => Assert.Equal(TimeSpan.FromSeconds(1), device.Interval));
    }

    [Fact]
    public void Value_is_committed_before_the_next_one_is_measured()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(500), Read(speed: 60).Configuration!.Buffer.CommitWindow);
        Assert.Equal(TimeSpan.FromSeconds(5), Read(speed: 1).Configuration!.Buffer.CommitWindow);
    }

    [Fact]
    public void Any_folder_name_is_taken_as_it_is()
    {
        const string Folder = "/tmp/a \"pond\" \\ über";
        var configuration = GatewayConfigurationFile.Read("demo", SiteConfiguration.Text(60, Folder, Folder, 1883)).Configuration!;
        Assert.Equal(Folder, configuration.Buffer.Folder);
    }

    private static LoadedConfiguration Read(double speed) =>
        GatewayConfigurationFile.Read("demo", SiteConfiguration.Text(speed, "/lines", "/buffer", 1883));
}
