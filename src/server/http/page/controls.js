// 14. The controls of the page.

const seconds = () => 10 ** Number($('interval').value);

function showSeconds() {
  const inSeconds = value => `${value.toFixed(value < 1 ? 2 : 1)} s`;
  $('seconds').textContent = inSeconds(seconds());
  $('half').textContent = inSeconds(seconds() / 2);
  $('interval').setAttribute('aria-valuetext', `every ${$('seconds').textContent}`);
}

$('naming').addEventListener('submit', event => {
  event.preventDefault(); // the script sends the command, so the browser must not load a page
  const wanted = $('name').value.trim();
  if (wanted && wanted !== chat.name) say('/nick ' + wanted);
  $('text').focus();
});

$('saying').addEventListener('submit', event => {
  event.preventDefault();
  if ($('text').value.trim() && say($('text').value)) $('text').value = '';
});

$('again').addEventListener('click', connect);
addEventListener('online', () => { if (!$('again').hidden) connect(); });
document.addEventListener('visibilitychange', () => {
  compare();
  if (!document.hidden && !$('again').hidden) connect();
});

let tests = 0;
const test = () => say(`test ${tests + 1}`) && tests++;
$('test').addEventListener('click', test);

// Sends lines at random times, as people do: one every 1.5 s on average.
function talk() {
  test();
  talk.timer = setTimeout(talk, 200 - 1300 * Math.log(1 - Math.random()));
}
$('talk').addEventListener('click', () => {
  if (toggle($('talk'))) talk();
  else clearTimeout(talk.timer);
});

function isPressed(button) {
  return button.getAttribute('aria-pressed') === 'true';
}

function toggle(button) {
  button.setAttribute('aria-pressed', !isPressed(button));
  return isPressed(button);
}

$('pause').addEventListener('click', () => {
  pausedAt = toggle($('pause')) ? performance.now() : null;
  compare();
});

$('reset').addEventListener('click', () => {
  panes.forEach(pane => {
    pane.reset();
    pane.box.replaceChildren();
  });
  earlierPoints.length = 0;
});

$('interval').addEventListener('input', showSeconds);
$('interval').addEventListener('change', () => {
  storePoint(counted);
  counted = seconds();
  panes.forEach(pane => pane.reset()); // an average over two intervals would describe neither of them
  endPause(); // ends the current wait, so that the new interval begins immediately
});
let counted = seconds(); // the interval that the counts belong to

for (const radio of document.querySelectorAll('input[name=view]')) radio.addEventListener('change', showView);

showSeconds();
showView();
connect();
requestAnimationFrame(frame);
