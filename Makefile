# mxvigil: `make help` lists what can be made.
#
# Everything is built under $(BUILD), nothing in the source tree.  All lists
# are explicit: a file that is not named here is not built.

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
ifeq ($(origin CC),default)
CC      := gcc
endif
CLANG   ?= clang
SECONDS ?= 60
SHELL   := /bin/sh
# Commands are shown with V=1.
Q       := $(if $(V),,@)

# ---------------------------------------------------------------- sources

BASE := agent/base/buf.c agent/base/clock.c agent/base/domain.c \
	agent/base/file.c agent/base/ip.c agent/base/ip_special.c \
	agent/base/log.c agent/base/log_put.c agent/base/lru.c \
	agent/base/name.c agent/base/num.c agent/base/text.c

# Vocabulary: what was seen, what is wanted.
FACTS := agent/rules/facts.c agent/rules/obs.c agent/rules/policy.c

RULES := agent/rules/finding.c agent/rules/judge.c agent/rules/rules.c \
	agent/rules/expect.c agent/rules/rule_agent.c \
	agent/rules/rule_dns.c agent/rules/rule_dns_network.c \
	agent/rules/rule_dns_ns.c agent/rules/rule_dns_set.c \
	agent/rules/rule_dns_vantage.c agent/rules/rule_dns_zone.c \
	agent/rules/rule_limit.c agent/rules/rule_mx.c \
	agent/rules/rule_mx_part.c agent/rules/rule_mx_reply.c \
	agent/rules/rule_mx_set.c \
	agent/rules/rule_mx_state.c agent/rules/rule_smtp.c \
	agent/rules/rule_tls.c agent/rules/rule_tls_cert.c \
	agent/rules/spread.c agent/rules/state.c \
	agent/rules/tls_look.c agent/rules/words.c \
	agent/rules/sender.c agent/rules/sender_fate.c \
	agent/rules/sender_odds.c agent/rules/sender_profile.c \
	agent/rules/sender_run.c \
	agent/rules/summary.c \
	agent/rules/view.c agent/rules/view_belief.c \
	agent/rules/view_host.c agent/rules/view_ns.c \
	agent/rules/view_server.c agent/rules/view_mx.c

SHOW := agent/show/show.c agent/show/human.c agent/show/human_dns.c \
	agent/show/human_mx.c agent/show/human_page.c \
	agent/show/human_verbose.c agent/show/json.c agent/show/json_line.c \
	agent/show/json_mx.c agent/show/nagios.c agent/show/nagios_perf.c

RECORD := agent/record.c agent/record_fields.c agent/record_parts.c \
	agent/record_read.c agent/record_rows.c

NET := agent/net/egress.c agent/net/line.c agent/net/conn.c \
	agent/net/conn_hub.c agent/net/conn_io.c agent/net/tls.c \
	agent/net/tls_facts.c agent/net/dns.c agent/net/dns_ares.c \
	agent/net/dns_https.c agent/net/dns_plain.c agent/net/dns_port.c \
	agent/net/dns_port_read.c agent/net/dns_port_send.c \
	agent/net/dns_socket.c \
	agent/net/dns_ticket.c agent/net/dns_udp.c agent/net/poller.c \
	agent/net/tls_chains.c agent/net/tls_facts.c \
	agent/net/tls_sessions.c \
	agent/net/transfers.c agent/net/http.c

PARSE := probes/parse/dns_message.c probes/parse/dns_print.c \
	probes/parse/dns_wire.c probes/parse/smtp_reply.c

PROBES := probes/lookup.c probes/smtp.c probes/smtp_obs.c \
	probes/smtp_talk.c

CONFIG := config/yaml.c config/schema.c config/schema_list.c \
	config/schema_show.c config/schema_value.c config/channel_check.c \
	config/channel_needs.c config/names.c config/secret.c \
	config/settings.c config/settings_alerts.c \
	config/settings_channel.c config/settings_diff.c \
	config/settings_domains.c config/settings_expect.c \
	config/settings_file.c config/settings_files.c \
	config/settings_http.c config/settings_labels.c \
	config/settings_life.c config/settings_load.c \
	config/settings_maintenance.c config/settings_show.c \
	config/settings_take.c config/url.c config/when.c

SCHED := agent/sched/ledger.c agent/sched/schedule.c

# Tasks and observations as bytes; the probe processes.
CODEC := agent/worker/codec.c agent/worker/codec_dns.c \
	agent/worker/codec_essence.c agent/worker/codec_smtp.c \
	agent/worker/codec_task.c
WORKER := $(CODEC) agent/worker/frame.c agent/worker/outbox.c \
	agent/worker/setup.c \
	agent/worker/sandbox.c agent/worker/seccomp.c agent/worker/probe.c \
	agent/worker/probe_work.c agent/worker/pool.c \
	agent/worker/pool_child.c agent/worker/pool_era.c \
	agent/worker/pool_hosts.c agent/worker/pool_result.c \
	agent/worker/pool_said.c

MODEL := agent/model/intern.c agent/model/thing.c agent/model/task.c \
	agent/model/record.c agent/model/servers.c agent/model/round.c \
	agent/model/serial.c agent/model/picture.c \
	agent/model/dialogue.c agent/model/rest.c agent/model/dirty.c \
	agent/model/model.c agent/model/learn.c agent/model/assemble.c \
	agent/model/frame.c agent/model/reload.c agent/model/survey.c \
	agent/model/likeness.c

CAUSE := agent/incident/cause.c agent/incident/cause_draft.c \
	agent/incident/cause_rules.c agent/incident/cause_set.c \
	agent/incident/cause_write.c
BOOK := agent/incident/incident.c agent/incident/book.c \
	agent/incident/book_page.c agent/incident/book_member.c \
	agent/incident/book_family.c agent/incident/book_past.c \
	agent/incident/book_agent.c agent/incident/book_judged.c
INCIDENT := $(CAUSE) $(BOOK) agent/incident/blind.c

STORE := agent/store/availability.c agent/store/checkpoint.c agent/store/domains.c \
	agent/store/history.c agent/store/incidents.c agent/store/look.c \
	agent/store/outbox.c agent/store/place.c agent/store/query.c \
	agent/store/schema.c agent/store/silences.c agent/store/sql.c \
	agent/store/states.c agent/store/store.c agent/store/trim.c

# Messages and what they look like in each kind of channel: pure.
MESSAGE := agent/notify/message.c agent/notify/message_json.c \
	agent/notify/message_read.c agent/notify/message_words.c
CHANNEL := agent/notify/channel.c agent/notify/alert_json.c \
	agent/notify/alertmanager.c agent/notify/discord.c \
	agent/notify/escape.c agent/notify/escape_plain.c \
	agent/notify/google_chat.c \
	agent/notify/matrix.c agent/notify/mattermost.c \
	agent/notify/ntfy.c agent/notify/pagerduty.c agent/notify/request.c \
	agent/notify/sign.c agent/notify/slack.c agent/notify/teams.c \
	agent/notify/say.c agent/notify/telegram.c agent/notify/webhook.c
NOTIFY := $(MESSAGE) $(CHANNEL) agent/notify/deliver.c \
	agent/notify/digest.c agent/notify/direct.c agent/notify/drain.c \
	agent/notify/exec.c agent/notify/filter.c agent/notify/keep.c \
	agent/notify/lane.c agent/notify/merge.c agent/notify/notify.c \
	agent/notify/pace.c agent/notify/parcel.c agent/notify/part.c \
	agent/notify/post.c agent/notify/quiet.c agent/notify/send.c

STATUS := agent/show/metrics.c agent/status/ask.c agent/status/html.c \
	agent/status/gate.c agent/status/style.c agent/status/sheet.c \
	agent/status/sheet_lists.c agent/status/path.c agent/status/strip.c \
	agent/status/page_agent.c agent/status/page_dns.c \
	agent/status/page_domain.c agent/status/page_home.c \
	agent/status/page_host.c agent/status/page_incident.c \
	agent/status/gather.c agent/status/gather_host.c \
	agent/status/gather_incidents.c agent/status/gather_pages.c \
	agent/status/veil.c \
	agent/status/scrape.c agent/status/scrape_agent.c \
	agent/status/scrape_hosts.c agent/status/scrape_incidents.c \
	agent/status/scrape_process.c \
	agent/status/reply.c agent/status/api.c agent/status/api_hosts.c \
	agent/status/portion.c \
	agent/status/respond.c agent/status/response.c agent/status/http.c

WATCH := agent/watch/alike.c agent/watch/canary.c agent/watch/change.c \
	agent/watch/checkpoint.c \
	agent/watch/conclude.c agent/watch/standing.c \
	agent/watch/describe.c agent/watch/domains.c agent/watch/event.c \
	agent/watch/grams.c \
	agent/watch/hush.c \
	agent/watch/journal.c agent/watch/journal_bulk.c \
	agent/watch/journal_rows.c agent/watch/labels.c \
	agent/watch/look.c agent/watch/own.c agent/watch/post.c \
	agent/watch/query.c agent/watch/reload.c agent/watch/remind.c \
	agent/watch/restore.c agent/watch/roll.c \
	agent/watch/save.c agent/watch/senders.c agent/watch/sift.c \
	agent/watch/sight.c \
	agent/watch/tell.c agent/watch/trial.c agent/watch/vantage.c \
	agent/watch/watch.c

# What the host is like, and what that means: the judges are pure.
DOCTOR_JUDGE := agent/doctor/judge.c agent/doctor/judge_dns.c \
	agent/doctor/judge_host.c agent/doctor/judge_net.c \
	agent/doctor/report.c
DOCTOR := $(DOCTOR_JUDGE) agent/doctor/gather.c \
	agent/doctor/gather_agent.c agent/doctor/gather_config.c \
	agent/doctor/gather_host.c agent/doctor/gather_net.c \
	agent/doctor/gather_secrets.c \
	agent/cmd_doctor.c

PLAN := agent/round_plan.c agent/round_plan_ns.c

AGENT := $(RECORD) agent/asn.c agent/helo.c agent/engine.c agent/engine_job.c \
	agent/engine_look.c agent/engine_server.c agent/round.c agent/round_facts.c \
	agent/args.c agent/args_values.c agent/manual.c agent/manuals.c \
	agent/options.c agent/options_rows.c \
	agent/asking.c agent/control.c agent/control_client.c \
	agent/control_commands.c agent/control_status.c agent/heartbeat.c \
	agent/systemd.c agent/cmd_run.c agent/run_load.c agent/run_rows.c \
	agent/cmd_silence.c \
	agent/cmd_status.c agent/options_set.c agent/printer.c \
	agent/targets.c agent/cmd_check.c agent/cmd_alert.c \
	agent/cmd_config.c agent/config_init.c agent/cmd_replay.c \
	agent/cmd_rules.c agent/cmd_history.c agent/past.c \
	agent/past_human.c agent/past_json.c \
	agent/process.c

LIB := $(BASE) $(FACTS) $(RULES) $(SHOW) $(NET) $(PARSE) $(PROBES) \
	$(CONFIG) $(SCHED) $(PLAN) $(WORKER) $(MODEL) $(INCIDENT) $(STORE) \
	$(NOTIFY) $(STATUS) $(WATCH) $(AGENT) $(DOCTOR)
MAIN := agent/main.c

# The check alone, as a program of its own, for hosts that have a monitor.
CHECK := $(BASE) $(FACTS) $(RULES) $(SHOW) $(NET) $(PARSE) $(PROBES) \
	$(CONFIG) $(PLAN) agent/sched/ledger.c agent/record.c \
	agent/record_fields.c agent/record_rows.c agent/asn.c agent/helo.c \
	agent/engine.c agent/engine_job.c agent/engine_look.c \
	agent/engine_server.c agent/round.c \
	agent/round_facts.c agent/args.c agent/args_values.c agent/manual.c \
	agent/options.c agent/options_rows.c agent/options_set.c \
	agent/printer.c agent/process.c agent/targets.c \
	agent/cmd_check.c
CHECK_MAIN := agent/main_check.c

# The example configuration, as a C string.
EXAMPLE := $(BUILD)/example/example.c
$(EXAMPLE): config/mxvigil.yaml
	@mkdir -p $(@D)
	$(Q){ echo '#include "config/example.h"'; \
	    echo 'const char config_example[] ='; \
	    sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $<; echo ';'; } >$@

# The code of the completions, as C strings; the tables are made of rows.
SHELLS := bash zsh fish
SHELL_CODE := $(BUILD)/doc/code.c
COMPLETIONS := packaging/doc/shell.c $(SHELLS:%=packaging/doc/%.c)
$(SHELL_CODE): $(SHELLS:%=packaging/doc/code.%)
	@mkdir -p $(@D)
	$(Q){ echo '#include "packaging/doc/shell.h"'; \
	    for shell in $(SHELLS); do \
	        echo "const char shell_$$shell[] ="; \
	        sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' \
	            packaging/doc/code.$$shell; echo ';'; \
	    done; } >$@

# What brings the manual pages and the completions up to the program's tables.
DOC := packaging/doc/form.c packaging/doc/main.c packaging/doc/mdoc.c \
	packaging/doc/page.c packaging/doc/part_commands.c \
	packaging/doc/part_rules.c packaging/doc/part_settings.c \
	packaging/doc/parts.c $(COMPLETIONS)

# Unit tests: each with the parts that it may link, so that a layer that
# reaches where it must not fails to link.
UNITS := args manual asn buf clock file ip log log_sink lru name num text \
	obs policy view sender rules \
	rules_dns rules_mx rules_tls cmd_rules judge \
	json human nagios egress line conn conn_end conn_open tls tls_facts \
	tls_sessions dns dns_https dns_message dns_print dns_send dns_socket \
	poller \
	smtp_reply lookup smtp \
	smtp_broken smtp_life smtp_obs settings settings_file settings_domains \
	settings_channel settings_diff secret when yaml record options \
	engine codec sandbox pool ledger schedule intern model domains servers likeness same \
	vantage \
	assemble round_plan targets \
	store store_damage store_full store_migrate store_rows store_states \
	store_trim availability history \
	message http notify post alert digest exec pace quiet channel \
	escape render \
	incident cause book book_family blind expect \
	html gate metrics page portion routes status veil \
	watch watch_life alike query grams control systemd mdoc doctor

unit_args := $(BASE) $(FACTS) $(RULES) $(SHOW) $(CONFIG) agent/args.c \
	agent/args_values.c agent/manual.c tests/unit/capture.c
# The tables of every command.
unit_manual := $(LIB) $(EXAMPLE)
unit_asn := $(BASE) agent/asn.c
# Looks at domains in all conditions, and what holds of all output.
LOOKS := tests/unit/facts.c tests/unit/looks.c tests/unit/show_check.c

unit_buf := $(BASE)
unit_clock := $(BASE)
unit_file := $(BASE) tests/unit/scratch.c
unit_ip := $(BASE)
unit_log := $(BASE)
unit_log_sink := $(BASE) tests/unit/capture.c tests/unit/folder.c
unit_lru := agent/base/lru.c
unit_name := $(BASE)
unit_num := $(BASE)
unit_text := $(BASE)
unit_obs := $(BASE) $(FACTS)
unit_policy := $(BASE) $(FACTS)
unit_view := $(BASE) $(FACTS) $(RULES) tests/unit/facts.c
unit_sender := $(BASE) $(FACTS) $(RULES) tests/unit/facts.c
unit_rules := $(BASE) $(FACTS) $(RULES) tests/unit/facts.c
unit_rules_dns := $(unit_rules) tests/unit/rule_case.c
unit_rules_mx := $(unit_rules_dns)
unit_rules_tls := $(unit_rules_dns)
unit_cmd_rules := $(BASE) $(FACTS) $(RULES) agent/args.c \
	agent/manual.c agent/cmd_rules.c agent/show/json_line.c
unit_doctor := $(BASE) $(FACTS) $(DOCTOR_JUDGE) agent/show/json_line.c
unit_judge := $(BASE) $(FACTS) $(RULES) tests/unit/facts.c
unit_incident := agent/incident/incident.c
unit_cause := $(BASE) $(FACTS) $(RULES) $(CAUSE) tests/unit/facts.c
unit_book := $(BASE) $(FACTS) $(RULES) $(CAUSE) $(BOOK) tests/unit/diary.c
unit_book_family := $(unit_book)
unit_blind := $(BASE) agent/incident/blind.c
unit_expect := $(BASE) $(FACTS) $(RULES) tests/unit/facts.c
unit_json := $(BASE) $(FACTS) $(RULES) $(SHOW) $(LOOKS)
unit_human := $(BASE) $(FACTS) $(RULES) $(SHOW) $(LOOKS)
unit_nagios := $(BASE) $(FACTS) $(RULES) $(SHOW) $(LOOKS)
unit_egress := $(BASE) agent/net/egress.c
unit_line := agent/base/buf.c agent/net/line.c
unit_conn := $(BASE) $(FACTS) agent/net/egress.c agent/net/line.c \
	agent/net/conn.c agent/net/conn_hub.c agent/net/conn_io.c \
	agent/net/tls.c agent/net/tls_chains.c agent/net/tls_facts.c \
	agent/net/tls_sessions.c \
	tests/unit/conn_client.c \
	tests/unit/peer.c tests/unit/pki.c
unit_conn_end := $(unit_conn)
unit_conn_open := $(unit_conn)
unit_tls := $(BASE) $(FACTS) agent/net/tls.c \
	agent/net/tls_chains.c agent/net/tls_facts.c \
	agent/net/tls_sessions.c \
	tests/unit/pki.c tests/unit/tls_pair.c
unit_tls_facts := $(unit_tls)
unit_tls_sessions := $(unit_tls)
dns_parts := $(BASE) $(FACTS) agent/net/egress.c agent/net/dns.c \
	agent/net/dns_ares.c agent/net/dns_https.c agent/net/dns_plain.c \
	agent/net/dns_port.c agent/net/dns_port_read.c \
	agent/net/dns_port_send.c agent/net/dns_socket.c agent/net/dns_ticket.c \
	agent/net/dns_udp.c agent/net/poller.c agent/net/transfers.c \
	tests/unit/dns_build.c tests/unit/dns_server.c
unit_dns := $(dns_parts)
unit_dns_socket := $(BASE) agent/net/egress.c agent/net/dns_plain.c \
	agent/net/dns_socket.c agent/net/dns_ticket.c
unit_dns_send := agent/net/dns_port_send.c
unit_poller := agent/net/poller.c
unit_dns_https := $(dns_parts) tests/unit/peer.c tests/unit/pki.c
unit_dns_message := $(BASE) $(FACTS) $(PARSE) tests/unit/dns_build.c
unit_dns_print := $(unit_dns_message) $(CODEC)
unit_smtp_reply := $(BASE) $(FACTS) $(PARSE)
unit_lookup := $(dns_parts) $(PARSE) probes/lookup.c
smtp_parts := $(BASE) $(FACTS) agent/net/egress.c agent/net/line.c \
	agent/net/conn.c agent/net/conn_hub.c agent/net/conn_io.c \
	agent/net/tls.c agent/net/tls_chains.c agent/net/tls_facts.c \
	agent/net/tls_sessions.c \
	probes/parse/smtp_reply.c probes/smtp.c \
	probes/smtp_obs.c probes/smtp_talk.c tests/unit/pki.c \
	tests/unit/smtp_server.c tests/unit/smtp_play.c \
	tests/unit/smtp_scene.c
unit_smtp := $(smtp_parts)
unit_smtp_broken := $(smtp_parts)
unit_smtp_life := $(smtp_parts)
unit_smtp_obs := $(BASE) $(FACTS) probes/parse/smtp_reply.c \
	probes/smtp_obs.c
unit_settings := $(BASE) $(FACTS) $(CONFIG) $(RULES) \
	tests/unit/settings_bad.c tests/unit/settings_case.c
unit_settings_file := $(BASE) $(FACTS) $(CONFIG) $(RULES) \
	tests/unit/settings_case.c tests/unit/scratch.c
unit_settings_domains := $(BASE) $(FACTS) $(CONFIG) $(RULES) \
	tests/unit/settings_case.c tests/unit/folder.c
unit_settings_channel := $(unit_settings_domains)
unit_settings_diff := $(unit_settings_domains)
unit_secret := $(BASE) config/secret.c tests/unit/folder.c
unit_when := $(BASE) config/when.c
unit_yaml := $(BASE) $(FACTS) $(CONFIG) $(RULES)
unit_record := $(BASE) $(FACTS) $(RULES) $(SHOW) $(RECORD) $(LOOKS)
unit_ledger := $(BASE) $(SCHED)
unit_schedule := $(BASE) $(SCHED)
unit_intern := agent/model/intern.c
model_parts := $(BASE) $(FACTS) $(RULES) $(CODEC) $(SCHED) $(PLAN) $(MODEL) \
	probes/smtp_obs.c probes/parse/smtp_reply.c tests/unit/facts.c \
	tests/unit/answers.c tests/unit/world.c
unit_model := $(model_parts)
unit_likeness := $(model_parts)
unit_same := $(model_parts)
unit_domains := $(model_parts)
unit_servers := $(model_parts)
unit_vantage := $(model_parts)
unit_assemble := $(model_parts) tests/unit/looks.c
unit_round_plan := $(BASE) $(FACTS) $(PLAN) tests/unit/facts.c
unit_targets := $(BASE) agent/targets.c tests/unit/capture.c \
	tests/unit/scratch.c
unit_options := $(unit_args) agent/options.c agent/options_rows.c \
	agent/options_set.c \
	tests/unit/options_bad.c tests/unit/scratch.c
unit_engine := $(BASE) $(FACTS) $(RULES) $(NET) $(PARSE) $(PROBES) $(CONFIG) \
	$(SCHED) agent/asn.c agent/helo.c agent/engine.c \
	agent/engine_job.c agent/engine_look.c agent/engine_server.c \
	tests/unit/dns_server.c tests/unit/dns_build.c \
	tests/unit/smtp_server.c tests/unit/pki.c

unit_message := $(BASE) $(FACTS) $(MESSAGE)
unit_channel := $(BASE) $(FACTS) $(MESSAGE) $(CHANNEL)
unit_escape := $(BASE) $(FACTS) $(MESSAGE) $(CHANNEL) tests/unit/markup.c
unit_render := $(BASE) $(FACTS) $(MESSAGE) $(CHANNEL) tests/unit/markup.c \
	tests/unit/render_text.c tests/unit/render_check.c \
	tests/unit/render_case.c
unit_notify := $(BASE) $(FACTS) $(NOTIFY) $(STORE) agent/net/http.c \
	agent/net/poller.c agent/net/transfers.c tests/unit/store_scene.c \
	tests/unit/outbox_scene.c tests/unit/receiver.c
unit_post := $(unit_notify)
unit_alert := $(unit_args) $(MESSAGE) $(CHANNEL) agent/notify/exec.c \
	agent/notify/send.c agent/net/http.c agent/net/poller.c \
	agent/net/transfers.c agent/cmd_alert.c tests/unit/scratch.c
unit_digest := $(BASE) $(FACTS) $(MESSAGE) agent/notify/digest.c
unit_exec := $(BASE) agent/notify/exec.c
unit_pace := agent/notify/pace.c
unit_quiet := agent/notify/quiet.c
unit_http := $(BASE) agent/net/poller.c agent/net/transfers.c \
	agent/net/http.c tests/unit/peer.c tests/unit/pki.c

unit_store := $(BASE) $(STORE) tests/unit/store_scene.c
unit_store_damage := $(unit_store)
unit_store_full := $(unit_store) tests/unit/fault_vfs.c
unit_store_migrate := $(filter-out agent/store/schema.c,$(unit_store))
unit_store_rows := $(unit_store)
unit_store_states := $(unit_store)
unit_store_trim := $(unit_store)
unit_availability := agent/store/availability.c
unit_history := $(unit_args) $(STORE) agent/printer.c agent/cmd_history.c \
	agent/past.c agent/past_human.c agent/past_json.c \
	tests/unit/store_scene.c tests/unit/scratch.c

# With the workers that this program is as well.
worker_parts := $(BASE) $(FACTS) $(NET) $(PARSE) $(PROBES) $(CONFIG) \
	$(RULES) $(SCHED) $(WORKER) agent/asn.c agent/helo.c agent/engine.c \
	agent/engine_job.c agent/engine_look.c agent/engine_server.c
unit_codec := $(BASE) $(FACTS) $(CODEC) agent/worker/frame.c \
	tests/unit/codec_check.c
unit_sandbox := $(BASE) agent/worker/sandbox.c agent/worker/seccomp.c
unit_pool := $(worker_parts) tests/unit/dns_server.c tests/unit/dns_build.c \
	tests/unit/smtp_server.c tests/unit/peer.c tests/unit/pki.c \
	tests/unit/capture.c

# The core over a pool that answers from facts, with a clock of the test's.
watch_parts := $(filter-out agent/base/clock.c,$(BASE)) $(FACTS) $(RULES) \
	$(CODEC) $(SCHED) $(PLAN) $(MODEL) $(INCIDENT) $(STORE) $(NOTIFY) \
	$(CONFIG) $(WATCH) agent/asn.c agent/net/egress.c agent/net/http.c \
	agent/net/poller.c agent/net/transfers.c \
	probes/smtp_obs.c probes/parse/smtp_reply.c \
	tests/unit/answers.c tests/unit/facts.c tests/unit/fake_clock.c \
	tests/unit/fake_pool.c tests/unit/fault_vfs.c tests/unit/receiver.c \
	tests/unit/store_scene.c tests/unit/watch_scene.c
unit_watch := $(watch_parts)
unit_watch_life := $(watch_parts)
unit_alike := $(watch_parts)
unit_query := $(watch_parts)
unit_grams := agent/watch/grams.c
unit_portion := agent/status/portion.c
unit_control := $(watch_parts) $(SHOW) agent/control.c \
	agent/control_client.c agent/control_commands.c \
	agent/control_status.c
unit_systemd := $(BASE) agent/systemd.c
unit_mdoc := $(BASE) packaging/doc/form.c packaging/doc/mdoc.c \
	packaging/doc/page.c

# The status page over a watch that is a table.
FAKE := tests/unit/fake_watch.c tests/unit/fake_answers.c \
	tests/unit/facts.c tests/unit/looks.c
status_parts := $(BASE) $(FACTS) $(RULES) $(SHOW) agent/net/poller.c \
	$(STATUS) $(FAKE)
unit_html := $(BASE) $(FACTS) $(RULES) agent/status/html.c \
	agent/status/ask.c
unit_gate := $(BASE) agent/status/gate.c
unit_metrics := $(status_parts)
unit_page := $(status_parts)
unit_routes := $(status_parts)
unit_veil := $(status_parts)
# It has a clock of its own.
unit_status := $(filter-out agent/base/clock.c,$(status_parts))

# Fuzz targets: the seeds are in tests/fuzz/seeds/NAME.
FUZZERS := dns_message dns_print name smtp_reply ehlo config range record codec

fuzz_dns_message := $(BASE) $(FACTS) $(PARSE)
fuzz_dns_print := $(BASE) $(FACTS) $(PARSE) $(CODEC)
fuzz_name := $(BASE)
fuzz_smtp_reply := $(BASE) $(FACTS) $(PARSE)
fuzz_ehlo := $(BASE) $(FACTS) $(PARSE)
fuzz_config := $(BASE) $(FACTS) $(CONFIG) $(RULES)
fuzz_range := $(BASE) $(FACTS)
fuzz_record := $(BASE) $(FACTS) $(RULES) $(SHOW) $(RECORD) \
	tests/unit/show_check.c
fuzz_codec := $(unit_codec)

# ------------------------------------------------------------------- flags

PACKAGES := libuv libcares libcurl openssl yaml-0.1 jansson libidn2 \
	libmaxminddb sqlite3 libmicrohttpd
# "make WERROR=" where the compiler is not one of ours.
WERROR ?= -Werror
WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla $(WERROR)
CPPFLAGS += -I. -D_GNU_SOURCE -DMXVIGIL_VERSION='"$(VERSION)"'
CSTD := -std=c17
HARDEN := -fstack-protector-strong -fPIE
LINK_HARDEN := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed
LIBS := -luv -lcares -lcurl -lssl -lcrypto -lyaml -ljansson -lidn2 \
	-lmaxminddb -lsqlite3 -lmicrohttpd -lresolv -lm

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer

flags_debug := -O0 -g3 $(HARDEN)
flags_release := -O2 -g -D_FORTIFY_SOURCE=2 $(HARDEN)
flags_test := -O1 -g $(SANITIZE) $(HARDEN)
# clang: what libFuzzer needs; the same parts, instrumented.
flags_fuzz := -O1 -g $(SANITIZE) -fsanitize=fuzzer-no-link
# clang, plain: that the second compiler is content.
flags_clang := -O2 -g -D_FORTIFY_SOURCE=2 $(HARDEN)
cc_debug := $(CC)
cc_release := $(CC)
cc_test := $(CC)
cc_fuzz := $(CLANG)
cc_clang := $(CLANG)

# ------------------------------------------------------------------- rules

objects = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))

define mode
$(BUILD)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(Q)$$(cc_$(1)) $$(CPPFLAGS) $$(CSTD) $$(WARN) $$(flags_$(1)) $$(CFLAGS) \
	    -MMD -MP -c -o $$@ $$<

$(BUILD)/$(1)/example.o: $(EXAMPLE)
	@mkdir -p $$(@D)
	$$(Q)$$(cc_$(1)) $$(CPPFLAGS) $$(CSTD) $$(WARN) $$(flags_$(1)) $$(CFLAGS) \
	    -c -o $$@ $$<

$(BUILD)/$(1)/mxvigil: $$(call objects,$(1),$$(LIB) $$(MAIN)) \
    $(BUILD)/$(1)/example.o
	$$(Q)$$(cc_$(1)) $$(flags_$(1)) $$(LINK_HARDEN) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)

$(BUILD)/$(1)/check_mxvigil: $(BUILD)/$(1)/mxvigil
	ln -sf mxvigil $$@

$(BUILD)/$(1)/plugin/check_mxvigil: $$(call objects,$(1),$$(CHECK) \
    $$(CHECK_MAIN))
	@mkdir -p $$(@D)
	$$(Q)$$(cc_$(1)) $$(flags_$(1)) $$(LINK_HARDEN) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach m,debug release test fuzz clang,$(eval $(call mode,$(m))))

define unit
$(BUILD)/test/unit/test_$(1): $$(call objects,test,tests/unit/test_$(1).c \
    tests/unit/support.c $$(unit_$(1)))
	@mkdir -p $$(@D)
	$$(Q)$$(cc_test) $$(flags_test) $$(LINK_HARDEN) -o $$@ $$^ -lcmocka $$(LIBS)
unit-$(1): $(BUILD)/test/unit/test_$(1)
	$$<
endef
$(foreach u,$(UNITS),$(eval $(call unit,$(u))))

# The status page with made-up content, to be looked at.
$(BUILD)/test/serve: $(call objects,test,tests/page/serve.c \
    tests/unit/support.c $(status_parts))
	$(Q)$(cc_test) $(flags_test) $(LINK_HARDEN) -o $@ $^ -lcmocka $(LIBS)
$(BUILD)/release/serve: $(call objects,release,tests/page/serve.c \
    tests/unit/support.c $(status_parts))
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) -o $@ $^ -lcmocka \
	    $(LIBS)

# A fuzzer proper (clang), and the same harness with a plain main that replays
# files (any compiler), which `make test` runs over the seeds.
define fuzzer
$(BUILD)/fuzz/fuzz_$(1): $$(call objects,fuzz,tests/fuzz/fuzz_$(1).c \
    $$(fuzz_$(1)))
	$$(Q)$$(cc_fuzz) $$(flags_fuzz) -fsanitize=fuzzer -o $$@ $$^ $$(LIBS)
$(BUILD)/test/fuzz/replay_$(1): $$(call objects,test,tests/fuzz/fuzz_$(1).c \
    tests/fuzz/replay.c $$(fuzz_$(1)))
	@mkdir -p $$(@D)
	$$(Q)$$(cc_test) $$(flags_test) $$(LINK_HARDEN) -o $$@ $$^ $$(LIBS)
endef
$(foreach f,$(FUZZERS),$(eval $(call fuzzer,$(f))))

-include $(wildcard $(BUILD)/*/agent/*.d $(BUILD)/*/agent/*/*.d \
	$(BUILD)/*/probes/*.d $(BUILD)/*/probes/*/*.d \
	$(BUILD)/*/config/*.d $(BUILD)/*/tests/*/*.d \
	$(BUILD)/*/packaging/*/*.d)

# The tests need only compile with the second compiler.
CLANG_TESTS := $(sort $(call objects,clang, \
	$(foreach u,$(UNITS),tests/unit/test_$(u).c $(unit_$(u))) \
	$(FUZZERS:%=tests/fuzz/fuzz_%.c)))

# ----------------------------------------------------------------- targets

JOBS := $(shell nproc 2>/dev/null || echo 2)

.PHONY: all debug release clang units fuzzers replays deps run test lab fuzz \
	bench format lint tidy install clean help servers test-build \
	plugin install-plugin version dist deb srpm package-test \
	container container-test manuals pictures

all: debug release
debug: $(BUILD)/debug/mxvigil $(BUILD)/debug/check_mxvigil
release: $(BUILD)/release/mxvigil $(BUILD)/release/check_mxvigil
clang: $(BUILD)/clang/mxvigil $(BUILD)/clang/plugin/check_mxvigil \
	$(CLANG_TESTS) $(call objects,clang,$(DOC))
plugin: $(BUILD)/release/plugin/check_mxvigil
units: $(foreach u,$(UNITS),$(BUILD)/test/unit/test_$(u))
fuzzers: $(foreach f,$(FUZZERS),$(BUILD)/fuzz/fuzz_$(f))
replays: $(foreach f,$(FUZZERS),$(BUILD)/test/fuzz/replay_$(f))

help:
	@echo 'make             debug and release builds under $(BUILD)/'
	@echo 'make run         the daemon in the lab, where a mail server breaks'
	@echo 'make run DOMAINS="a.example b.example"   the daemon for these'
	@echo 'make test        every test, under sanitizers'
	@echo 'make lab         a shell in the lab'
	@echo 'make fuzz SECONDS=60    every fuzzer for so long'
	@echo 'make bench       beside its peers, and with a million domains'
	@echo 'make bench PARTS="pass page" ARGS=--quick   some, and how'
	@echo 'make manuals     manual pages and completions, by the tables'
	@echo 'make pictures    the pictures of the README (needs Chromium)'
	@echo 'make lint        clang, clang-tidy, cppcheck'
	@echo 'make format      the look of the code'
	@echo 'make deps        install what is missing (Debian)'
	@echo 'make install DESTDIR= PREFIX=$(PREFIX)'
	@echo 'make install-plugin DESTDIR= PLUGINS=$(PLUGINS)   the check alone'
	@echo 'make dist        the source as a tarball'
	@echo 'make deb         Debian packages'
	@echo 'make srpm        an RPM source package'
	@echo 'make container   a container image'
	@echo 'make container-test     that, tried without a container engine'
	@echo 'make package-test DISTS="$(DISTS)"   installed, upgraded, purged'

deps:
	@packaging/deps.sh build run lab test

# The lab's servers: used where installed, else unpacked under $(BUILD)/lab.
servers:
	@BUILD=$(BUILD) tests/lab/fetch.sh

# The daemon in the foreground: for these domains, or in the lab.
ifdef DOMAINS
run:
	@packaging/deps.sh build run
	@$(MAKE) -s -j$(JOBS) release
	@exec python3 tests/lab/run.py $(BUILD) $(DOMAINS)
else
run:
	@packaging/deps.sh build run lab
	@$(MAKE) -s -j$(JOBS) release
	@$(MAKE) -s servers
	@exec python3 tests/lab/run.py $(BUILD)
endif

test-build: units replays $(BUILD)/test/mxvigil $(BUILD)/test/store_writer \
	$(BUILD)/test/serve $(BUILD)/test/manuals

test: deps
	@$(MAKE) -s -j$(JOBS) test-build
	@$(MAKE) -s servers
	@tests/run.py $(BUILD)

lab: deps
	@$(MAKE) -s -j$(JOBS) debug
	@tests/lab/shell.sh $(BUILD)

fuzz:
	@packaging/deps.sh build fuzz
	@$(MAKE) -s -j$(JOBS) fuzzers
	@tests/fuzz/run.sh $(BUILD) $(SECONDS) $(FUZZERS)

# Writes to a store until it is killed.
$(BUILD)/test/store_writer: $(call objects,test,tests/chaos/store_writer.c \
    $(BASE) $(STORE))
	$(Q)$(cc_test) $(flags_test) $(LINK_HARDEN) -o $@ $^ $(LIBS)

# The slow line that the bench puts between the agent and the lab.
$(BUILD)/release/delay: $(call objects,release,tests/bench/delay.c)
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) $(LDFLAGS) -o $@ $^

# The DNS and the mail servers of a million domains.
$(BUILD)/release/dnsload: $(call objects,release,tests/bench/dnsload.c \
    tests/bench/dnsload_answer.c)
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) $(LDFLAGS) -o $@ $^
$(BUILD)/release/smtpload: $(call objects,release,tests/bench/smtpload.c)
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) $(LDFLAGS) -o $@ $^ \
	    -lssl -lcrypto
# As fast as dialogues can be held; and how fast the agent holds them.
$(BUILD)/release/smtplimit: $(call objects,release,tests/bench/smtplimit.c)
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) $(LDFLAGS) -o $@ $^
$(BUILD)/release/smtprate: $(call objects,release,tests/bench/smtprate.c \
    $(LIB)) $(BUILD)/release/example.o
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) $(LDFLAGS) -o $@ $^ \
	    $(LIBS)

# What an answer costs: in the transport alone, through a probe process, and at
# the least.
$(BUILD)/release/dnsrate: $(call objects,release,tests/bench/dnsrate.c \
    $(BASE) $(FACTS) $(NET))
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) $(LDFLAGS) -o $@ $^ \
	    $(LIBS)
$(BUILD)/release/dnsprobe: $(call objects,release,tests/bench/dnsprobe.c \
    $(worker_parts))
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) $(LDFLAGS) -o $@ $^ \
	    $(LIBS)
$(BUILD)/release/dnslimit: $(call objects,release,tests/bench/dnslimit.c)
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) $(LDFLAGS) -o $@ $^
# Many clients of the status page.
$(BUILD)/release/pageload: $(call objects,release,tests/bench/pageload.c)
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) $(LDFLAGS) -o $@ $^

# What judging costs: the core over a pool that answers from facts.
$(BUILD)/release/judge: $(call objects,release,tests/bench/judge.c \
    tests/unit/support.c $(watch_parts))
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) $(LDFLAGS) -o $@ $^ \
	    -lcmocka $(LIBS)
# What a domain costs in the model.
$(BUILD)/release/modelsize: $(call objects,release,tests/bench/modelsize.c \
    $(BASE) $(FACTS) $(RULES) $(CODEC) $(SCHED) $(PLAN) $(MODEL) \
    probes/smtp_obs.c probes/parse/smtp_reply.c)
	$(Q)$(cc_release) $(flags_release) $(LINK_HARDEN) -o $@ $^ $(LIBS)

BENCH := $(addprefix $(BUILD)/release/, \
	delay dnsload dnsrate dnslimit dnsprobe smtpload smtplimit smtprate \
	pageload)

bench: deps
	@$(MAKE) -s -j$(JOBS) release $(BENCH)
	@$(MAKE) -s servers
	@ARGS="$(ARGS)" tests/bench/run.sh $(BUILD) $(PARTS)

# What writes the manual pages and completions.
define manuals
$(BUILD)/$(1)/code.o: $(SHELL_CODE)
	@mkdir -p $$(@D)
	$$(Q)$$(cc_$(1)) $$(CPPFLAGS) $$(CSTD) $$(WARN) $$(flags_$(1)) -c -o $$@ $$<

$(BUILD)/$(1)/manuals: $$(call objects,$(1),$$(DOC) $$(LIB)) \
    $(BUILD)/$(1)/code.o $(BUILD)/$(1)/example.o
	$$(Q)$$(cc_$(1)) $$(flags_$(1)) $$(LINK_HARDEN) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach m,release test,$(eval $(call manuals,$(m))))

manuals: $(BUILD)/release/manuals
	@$< packaging

# What the README shows, from the lab: to be looked at before it is committed.
pictures: deps
	@$(MAKE) -s -j$(JOBS) release
	@$(MAKE) -s servers
	@tests/lab/lab.py run $(BUILD)/lab/pictures -- \
	    tests/docs/pictures.py $(BUILD)

SOURCES := $(LIB) $(MAIN) $(CHECK_MAIN) $(DOC)

format:
	clang-format -i $(SOURCES) $(wildcard tests/*/*.c)

# A file in which clang-tidy found nothing is looked at again when its object
# is older than what it includes.
$(BUILD)/tidy/%.ok: %.c .clang-tidy $(BUILD)/clang/%.o
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- -fno-caret-diagnostics $(CPPFLAGS) $(CSTD)
	@touch $@

tidy: $(SOURCES:%.c=$(BUILD)/tidy/%.ok)

# cppcheck reads no header of the system, but must know these macros.
LINT_MACROS = $(shell echo | $(CC) -M -x c -include sys/queue.h \
	-include jansson.h - | grep -oE '/[^ ]*/(queue|jansson)\.h')

# Everything with clang, then what it, clang-tidy and cppcheck find: any
# finding fails.  The two have their lists of what not to look for.
lint:
	@packaging/deps.sh build test lint
	@$(MAKE) -s -j$(JOBS) clang
	@cppcheck --quiet --std=c11 --inline-suppr --suppressions-list=.cppcheck \
	    $(LINT_MACROS:%=--include=%) -D__x86_64__ \
	    --enable=warning,style,performance,portability,unusedFunction \
	    --library=posix --library=gnu --library=bsd --library=openssl \
	    --error-exitcode=1 $(CPPFLAGS) $(SOURCES)
	@$(MAKE) -s -k -j$(JOBS) tidy

SHARE := $(DESTDIR)$(PREFIX)/share
UNITS_IN := $(DESTDIR)$(PREFIX)/lib/systemd/system
USERS_IN := $(DESTDIR)$(PREFIX)/lib/sysusers.d
DOCS_IN := $(SHARE)/doc/mxvigil
MAN_IN := $(SHARE)/man
BASH_IN := $(SHARE)/bash-completion/completions
FISH_IN := $(SHARE)/fish/vendor_completions.d
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
PLUGINS ?= $(PREFIX)/lib/nagios/plugins

# Where a text names the programs, it names those that are installed.
PLACES = -e 's|/usr/local/bin/check_mxvigil|$(CHECK_AT)|g' \
	-e 's|/usr/local/bin|$(PREFIX)/bin|g'
install: CHECK_AT := $(PREFIX)/bin/check_mxvigil
install-plugin: CHECK_AT := $(PLUGINS)/check_mxvigil

# What other programs are to be told: of its kind, to a folder of that name.
EXAMPLES := nagios icinga2 prometheus grafana
define examples
	install -d $(DOCS_IN)/examples/$(1)
	for file in packaging/$(1)/*; do \
	    sed $(PLACES) $$file >$(DOCS_IN)/examples/$(1)/$${file##*/} || \
	        exit 1; \
	done

endef

install: release
	install -d $(DESTDIR)/etc/mxvigil
	install -d $(DESTDIR)$(PREFIX)/bin $(UNITS_IN) $(USERS_IN) \
	    $(DOCS_IN) $(MAN_IN)/man1 $(MAN_IN)/man5 $(MAN_IN)/man7 \
	    $(MAN_IN)/man8 $(BASH_IN) $(FISH_IN) $(DESTDIR)$(ZSHDIR)
	install -m 755 $(BUILD)/release/mxvigil $(DESTDIR)$(PREFIX)/bin/mxvigil
	ln -sf mxvigil $(DESTDIR)$(PREFIX)/bin/check_mxvigil
	for page in packaging/man/*.[1578]; do \
	    install -m 644 $$page $(MAN_IN)/man$${page##*.} || exit 1; \
	done
	install -m 644 packaging/completions/mxvigil.bash $(BASH_IN)/mxvigil
	ln -sf mxvigil $(BASH_IN)/check_mxvigil
	install -m 644 packaging/completions/_mxvigil $(DESTDIR)$(ZSHDIR)
	install -m 644 packaging/completions/mxvigil.fish $(FISH_IN)
	sed $(PLACES) packaging/systemd/mxvigil.service \
	    >$(UNITS_IN)/mxvigil.service
	install -m 644 packaging/systemd/mxvigil.sysusers \
	    $(USERS_IN)/mxvigil.conf
	install -m 644 config/mxvigil.yaml README.md CHANGELOG.md LICENSE \
	    $(DOCS_IN)
	$(foreach kind,$(EXAMPLES),$(call examples,$(kind)))

# The check as a program of its own, where monitors look for plugins.
install-plugin: plugin
	install -d $(DESTDIR)$(PLUGINS) $(MAN_IN)/man8
	install -m 755 $(BUILD)/release/plugin/check_mxvigil \
	    $(DESTDIR)$(PLUGINS)/check_mxvigil
	install -m 644 packaging/man/check_mxvigil.8 $(MAN_IN)/man8
	$(call examples,nagios)
	$(call examples,icinga2)

version:
	@echo $(VERSION)

dist:
	@packaging/dist.sh $(VERSION) $(BUILD)/dist

deb: dist
	@packaging/deb.sh $(VERSION) $(BUILD) $(DEBFLAGS)

srpm: dist
	@packaging/srpm.sh $(VERSION) $(BUILD)

# The image, with whichever container engine there is.
ENGINE ?= $(shell command -v podman || command -v docker)
container:
	$(ENGINE) build $(if $(findstring podman,$(ENGINE)),--format docker \
	    --ignorefile packaging/container/Containerfile.dockerignore) \
	    -f packaging/container/Containerfile --build-arg VERSION=$(VERSION) \
	    -t mxvigil:$(VERSION) .

# Without an engine: its steps in a chroot, and the result in the lab.
container-test: servers
	@tests/package/container.py $(BUILD)

# Installed, upgraded, removed and purged in these releases of Debian; and
# built twice here, to the same bytes.
DISTS ?= bookworm trixie

package-test: dist
	@set -e; for dist in $(DISTS); do \
	    tests/package/chroot.sh $$dist $(BUILD); \
	done
	@tests/package/reproducible.sh $(BUILD)

clean:
	rm -rf $(BUILD)
